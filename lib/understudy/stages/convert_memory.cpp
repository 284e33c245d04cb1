#include "understudy/stages/convert_memory.h"

#include "understudy/model/memory_estimate.h"

namespace understudy::stages {

MemoryNeed convert_memory(const model::NetworkConfig& network, std::int64_t batch, std::int64_t working_bytes,
                          bool on_gpu, int threads) {
  constexpr double kLandmarker = 34e6, kPerThread = 16e6;
  const auto of = [&](std::int64_t faces) {
    return model::inference_memory(network, faces, working_bytes, on_gpu).host();
  };
  return {"faces", batch, of(0) + kLandmarker + threads * kPerThread, of(1) - of(0)};
}

}  // namespace understudy::stages
