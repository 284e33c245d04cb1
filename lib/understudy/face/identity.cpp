#include "understudy/face/identity.h"

#include <cmath>
#include <numeric>

#include "understudy/core/error.h"
#include "understudy/core/text.h"

namespace understudy::face {

double likeness(const Identity& a, const Identity& b) {
  if (a.size() != b.size())
    throw Error(ErrorCode::kBug,
                text("identities of ", a.size(), " and of ", b.size(), " numbers cannot be compared"));
  return std::inner_product(a.begin(), a.end(), b.begin(), 0.0);
}

void add(const Identity& identity, Identity& sum) {
  if (sum.size() < identity.size()) sum.resize(identity.size());
  for (std::size_t i = 0; i < identity.size(); ++i) sum[i] += identity[i];
}

Identity unit_length(Identity sum) {
  const double length = std::sqrt(std::inner_product(sum.begin(), sum.end(), sum.begin(), 0.0));
  if (length > 0)
    for (float& value : sum) value = static_cast<float>(value / length);
  return sum;
}

}  // namespace understudy::face
