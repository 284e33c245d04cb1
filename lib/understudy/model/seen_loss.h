#pragma once

#include <span>
#include <vector>

#include "understudy/model/trainer.h"

namespace understudy::model {

/// What was read of an iteration; losses are means over the people of a side.
struct SeenLoss {
  double likeness_loss, performer_loss, gradient_norm;
  double loss() const { return likeness_loss + performer_loss; }
};

/// `sums` over the processes, three numbers an iteration, as means.
std::vector<SeenLoss> seen_losses(std::span<const double> sums, double processes);

/// Their means, into the report's losses and norm.
void note_means(const std::vector<SeenLoss>& seen, StepReport& report);

}  // namespace understudy::model
