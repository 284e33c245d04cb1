#pragma once

#include <cstdint>

#include "understudy/model/update_formulas.h"

namespace understudy::model {

/// Places on a GPU, of `count` numbers each.
struct GpuBuffers {
  float *weights, *average, *first_moment, *second_moment;
  const float* gradient;
  const float* scale;  ///< one number to multiply the gradient with; or null
  std::int64_t count;
};

/// One pass over the memory, on that stream (a cudaStream_t). Does not wait for it. Returns CUDA's error
/// code, 0: none. Instantiated in gpu_update.cu for each formula.
template <class Formula>
int gpu_update(const GpuBuffers& buffers, const UpdatePass<Formula>& pass, bool drops, void* stream);

}  // namespace understudy::model
