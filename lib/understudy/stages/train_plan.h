#pragma once

#include <vector>

#include "understudy/model/training_plan.h"
#include "understudy/stages/train.h"

namespace understudy::stages {

/// The preset that the options name, with what --set, --loss and --batch change. Throws Error kUsage for what
/// is no option's value, kInput and kFormat for a file.
model::Preset changed_preset(const TrainOptions& options);

/// The stages that the options ask for: --plan's, or one with --iterations, --minutes and --until. Throws as
/// above.
std::vector<model::TrainingStage> wanted_plan(const TrainOptions& options,
                                              const model::TrainingConfig& training);

}  // namespace understudy::stages
