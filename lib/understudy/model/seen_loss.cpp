#include "understudy/model/seen_loss.h"

#include <torch/types.h>

namespace understudy::model {

std::vector<SeenLoss> seen_losses(std::span<const double> sums, double processes) {
  std::vector<SeenLoss> seen;
  for (std::size_t i = 0; i + 2 < sums.size(); i += 3)
    seen.push_back({sums[i] / processes, sums[i + 1] / processes, sums[i + 2] / processes});
  return seen;
}

void note_means(const std::vector<SeenLoss>& seen, StepReport& report) {
  const auto count = static_cast<double>(seen.size());
  for (const SeenLoss& one : seen) {
    report.likeness_loss += one.likeness_loss / count;
    report.performer_loss += one.performer_loss / count;
    report.gradient_norm += one.gradient_norm / count;
  }
}

}  // namespace understudy::model
