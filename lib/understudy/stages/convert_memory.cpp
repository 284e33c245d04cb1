#include "understudy/stages/convert_memory.h"

#include "understudy/model/memory_estimate.h"

namespace understudy::stages {

MemoryNeed convert_memory(const model::NetworkConfig& network, std::int64_t batch, std::int64_t working_bytes,
                          bool on_gpu) {
  constexpr double kRegistration = 50e6;  // finds the landmarks of swapped faces
  const auto of = [&](std::int64_t faces) {
    return model::inference_memory(network, faces, working_bytes, on_gpu).host();
  };
  return {"faces", batch, of(0) + kRegistration, of(1) - of(0)};
}

}  // namespace understudy::stages
