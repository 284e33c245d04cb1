#pragma once

#include "understudy/core/run.h"
#include "understudy/stages/train.h"

namespace understudy::stages {

/// The layers of the network that the options ask for, with shapes, parameters and work, and the memory that
/// training it and converting with it would take; nothing of it is allocated. As text, and in the report as
/// `model`.
Outcome print_model(const TrainOptions& options, Run& run);

/// The preset with what the options change, as a TOML file that --preset takes.
Outcome print_preset(const TrainOptions& options);

}  // namespace understudy::stages
