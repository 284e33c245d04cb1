#include "understudy/media/color_curve.h"

#include <algorithm>
#include <limits>

namespace understudy::media {

ColorCurve::ColorCurve(double (*function)(double)) : nodes_((1U << (31 - kFractionBits)) + 1) {
  constexpr float kLargest = std::numeric_limits<float>::max();
  for (std::size_t i = 0; i < nodes_.size(); ++i) {
    const auto x = std::bit_cast<float>(static_cast<std::uint32_t>(i << kFractionBits));
    const double at = x <= kLargest ? x : kLargest;  // behind it stand infinity and what is no number
    nodes_[i] = static_cast<float>(std::min(function(at), static_cast<double>(kLargest)));
  }
}

}  // namespace understudy::media
