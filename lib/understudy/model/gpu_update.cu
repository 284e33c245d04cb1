#include "understudy/model/gpu_update.h"

#include <cuda_runtime.h>

#include <algorithm>

namespace understudy::model {
namespace {

constexpr int kThreads = 256, kLanes = 4;

/// Four weights a thread, since memory is the limit and wants wide reads.
template <class Formula, bool drops>
__global__ void update_lanes(GpuBuffers b, UpdatePass<Formula> pass) {
  const float scale = pass.scale * (b.scale ? *b.scale : 1.F);
  const std::int64_t quads = b.count / kLanes;
  const std::int64_t stride = static_cast<std::int64_t>(gridDim.x) * blockDim.x;
  const std::int64_t thread = static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x;
  for (std::int64_t quad = thread; quad < quads; quad += stride) {
    float4 w = reinterpret_cast<float4*>(b.weights)[quad], a = reinterpret_cast<float4*>(b.average)[quad];
    float4 m = reinterpret_cast<float4*>(b.first_moment)[quad];
    float4 v = reinterpret_cast<float4*>(b.second_moment)[quad];
    const float4 g = reinterpret_cast<const float4*>(b.gradient)[quad];
    const std::int64_t i = quad * kLanes;
    pass.template move<drops>(i, g.x * scale, w.x, a.x, m.x, v.x);
    pass.template move<drops>(i + 1, g.y * scale, w.y, a.y, m.y, v.y);
    pass.template move<drops>(i + 2, g.z * scale, w.z, a.z, m.z, v.z);
    pass.template move<drops>(i + 3, g.w * scale, w.w, a.w, m.w, v.w);
    reinterpret_cast<float4*>(b.weights)[quad] = w;
    reinterpret_cast<float4*>(b.average)[quad] = a;
    reinterpret_cast<float4*>(b.first_moment)[quad] = m;
    reinterpret_cast<float4*>(b.second_moment)[quad] = v;
  }
  const std::int64_t i = quads * kLanes + thread;
  if (i < b.count)
    pass.template move<drops>(i, b.gradient[i] * scale, b.weights[i], b.average[i], b.first_moment[i],
                              b.second_moment[i]);
}

/// The same, for buffers that begin anywhere.
template <class Formula, bool drops>
__global__ void update_singles(GpuBuffers b, UpdatePass<Formula> pass) {
  const float scale = pass.scale * (b.scale ? *b.scale : 1.F);
  const std::int64_t stride = static_cast<std::int64_t>(gridDim.x) * blockDim.x;
  for (std::int64_t i = static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x; i < b.count;
       i += stride)
    pass.template move<drops>(i, b.gradient[i] * scale, b.weights[i], b.average[i], b.first_moment[i],
                              b.second_moment[i]);
}

bool is_aligned(const void* place) {
  return reinterpret_cast<std::uintptr_t>(place) % sizeof(float4) == 0;
}

template <class Formula, bool drops>
void launch(const GpuBuffers& b, const UpdatePass<Formula>& pass, cudaStream_t stream) {
  constexpr std::int64_t kMostBlocks = 1 << 14;
  const std::int64_t wanted = (b.count / kLanes + kThreads) / kThreads;
  const auto blocks = static_cast<unsigned>(std::min(wanted, kMostBlocks));
  const bool wide = is_aligned(b.weights) && is_aligned(b.average) && is_aligned(b.first_moment) &&
                    is_aligned(b.second_moment) && is_aligned(b.gradient);
  if (wide)
    update_lanes<Formula, drops><<<blocks, kThreads, 0, stream>>>(b, pass);
  else
    update_singles<Formula, drops><<<blocks, kThreads, 0, stream>>>(b, pass);
}

}  // namespace

template <class Formula>
int gpu_update(const GpuBuffers& buffers, const UpdatePass<Formula>& pass, bool drops, void* stream) {
  const auto on = static_cast<cudaStream_t>(stream);
  if (drops)
    launch<Formula, true>(buffers, pass, on);
  else
    launch<Formula, false>(buffers, pass, on);
  return static_cast<int>(cudaGetLastError());
}

template int gpu_update(const GpuBuffers&, const UpdatePass<AdamW>&, bool, void*);
template int gpu_update(const GpuBuffers&, const UpdatePass<AdaBelief>&, bool, void*);
template int gpu_update(const GpuBuffers&, const UpdatePass<Lion>&, bool, void*);
template int gpu_update(const GpuBuffers&, const UpdatePass<RmsProp>&, bool, void*);

}  // namespace understudy::model
