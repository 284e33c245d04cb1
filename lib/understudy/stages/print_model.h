#pragma once

#include <cstdint>
#include <string>

#include "understudy/core/run.h"

namespace understudy::stages {

struct PrintModelOptions {
  std::string preset;
  std::int64_t batch = 0;  ///< 0: the preset's
  std::string device = "auto";
};

/// The layers of a preset's network with shapes, parameters and work, and the memory that training it and
/// converting with it would take; nothing of it is allocated. As text, and in the report as `model`.
Outcome print_model(const PrintModelOptions& options, Run& run);

}  // namespace understudy::stages
