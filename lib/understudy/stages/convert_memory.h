#pragma once

#include <cstdint>

#include "understudy/model/presets.h"
#include "understudy/stages/memory_need.h"

namespace understudy::stages {

/// Counts the faces that go through the network together. `working_bytes`: as model::inference_memory().
/// `threads` of them look for landmarks at once.
MemoryNeed convert_memory(const model::NetworkConfig& network, std::int64_t batch, std::int64_t working_bytes,
                          bool on_gpu, int threads);

}  // namespace understudy::stages
