#include "understudy/model/gpu_layers.h"

#include <cuda_bf16.h>
#include <cuda_runtime.h>

#include <algorithm>

namespace understudy::model {
namespace {

constexpr int kThreads = 256;
constexpr std::int64_t kMostBlocks = 1 << 14;

__device__ float as_float(float x) {
  return x;
}
__device__ float as_float(__nv_bfloat16 x) {
  return __bfloat162float(x);
}
__device__ void store(float& to, float x) {
  to = x;
}
__device__ void store(__nv_bfloat16& to, float x) {
  to = __float2bfloat16(x);
}

/// Numbers that are read and written at once.
template <class T, int count>
struct alignas(sizeof(T) * count) Pack {
  T values[count];
};

/// Where the result of a pixel's channels from `channel` on lies.
struct Places {
  std::int64_t channels, width;
  bool doubles;

  __device__ std::int64_t operator()(std::int64_t pixel, std::int64_t channel) const {
    if (!doubles) return pixel * channels + channel;
    const std::int64_t quarter = channels / 4, sub = channel / quarter, column = pixel % width;
    const std::int64_t row = pixel / width;  // of all pictures: each is followed by the next
    const std::int64_t place = (2 * row + sub / 2) * (2 * width) + 2 * column + sub % 2;
    return place * quarter + channel % quarter;
  }
};

template <class T, int lanes>
__global__ void activate(GpuActivation a, const T* in, const float* bias, const T* residual, T* out) {
  using Lanes = Pack<T, lanes>;
  const Places places{a.channels, a.width, a.doubles};
  const std::int64_t groups = a.channels / lanes, total = a.pixels * groups;
  const std::int64_t stride = static_cast<std::int64_t>(gridDim.x) * blockDim.x;
  for (std::int64_t i = static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x; i < total;
       i += stride) {
    const std::int64_t pixel = i / groups, channel = i % groups * lanes;
    const Lanes given = *reinterpret_cast<const Lanes*>(in + i * lanes);
    Lanes added{};
    if (residual) added = *reinterpret_cast<const Lanes*>(residual + i * lanes);
    Lanes made;
    for (int k = 0; k < lanes; ++k) {
      const float x =
          as_float(given.values[k]) + bias[channel + k] + (residual ? as_float(added.values[k]) : 0.F);
      store(made.values[k], x > 0 ? x : x * a.slope);
    }
    *reinterpret_cast<Lanes*>(out + places(pixel, channel)) = made;
  }
}

/// A thread keeps to its channels and goes through pixels, so that it can sum the bias' gradient.
template <class T, int lanes>
__global__ void activate_backward(GpuActivation a, const T* out, const T* out_gradient, T* in_gradient,
                                  float* bias_gradient) {
  using Lanes = Pack<T, lanes>;
  __shared__ float sums[kThreads * lanes];
  const Places places{a.channels, a.width, a.doubles};
  const int groups = static_cast<int>(a.channels / lanes);
  const int first_group = blockIdx.y * kThreads, own_groups = min(groups - first_group, kThreads);
  const int rows = kThreads / own_groups;  // pixels that a block takes at once
  const int group = threadIdx.x % own_groups, row = threadIdx.x / own_groups;
  const std::int64_t channel = static_cast<std::int64_t>(first_group + group) * lanes;
  float sum[lanes] = {};
  if (row < rows) {
    for (std::int64_t pixel = static_cast<std::int64_t>(blockIdx.x) * rows + row; pixel < a.pixels;
         pixel += static_cast<std::int64_t>(gridDim.x) * rows) {
      const std::int64_t place = places(pixel, channel);
      const Lanes result = *reinterpret_cast<const Lanes*>(out + place);
      Lanes gradient = *reinterpret_cast<const Lanes*>(out_gradient + place);
      for (int k = 0; k < lanes; ++k) {
        const float g = as_float(gradient.values[k]) * (as_float(result.values[k]) > 0 ? 1.F : a.slope);
        sum[k] += g;
        store(gradient.values[k], g);
      }
      *reinterpret_cast<Lanes*>(in_gradient + pixel * a.channels + channel) = gradient;
    }
  }
  for (int k = 0; k < lanes; ++k) sums[threadIdx.x * lanes + k] = sum[k];
  __syncthreads();
  if (row > 0) return;
  for (int other = 1; other < rows; ++other)
    for (int k = 0; k < lanes; ++k) sum[k] += sums[(other * own_groups + group) * lanes + k];
  for (int k = 0; k < lanes; ++k) atomicAdd(bias_gradient + channel + k, sum[k]);
}

unsigned blocks_for(std::int64_t work) {
  return static_cast<unsigned>(std::clamp<std::int64_t>((work + kThreads - 1) / kThreads, 1, kMostBlocks));
}

template <class T, int lanes>
void launch(const GpuActivation& a, const void* in, const float* bias, const void* residual, void* out,
            cudaStream_t stream) {
  activate<T, lanes><<<blocks_for(a.pixels * (a.channels / lanes)), kThreads, 0, stream>>>(
      a, static_cast<const T*>(in), bias, static_cast<const T*>(residual), static_cast<T*>(out));
}

template <class T, int lanes>
void launch_backward(const GpuActivation& a, const void* out, const void* out_gradient, void* in_gradient,
                     float* bias_gradient, cudaStream_t stream) {
  const auto groups = static_cast<unsigned>(a.channels / lanes);
  const unsigned across = (groups + kThreads - 1) / kThreads;
  const std::int64_t rows = std::max<std::int64_t>(1, kThreads / groups);
  constexpr std::int64_t kPixelsAThread = 16, kEnough = 2048;  // blocks that fill a GPU
  const std::int64_t along = std::clamp<std::int64_t>(a.pixels / (rows * kPixelsAThread), 1, kEnough);
  activate_backward<T, lanes><<<dim3(static_cast<unsigned>(along), across), kThreads, 0, stream>>>(
      a, static_cast<const T*>(out), static_cast<const T*>(out_gradient), static_cast<T*>(in_gradient),
      bias_gradient);
}

/// Groups of numbers must not reach over the end of a sub-pixel's channels.
bool is_wide(const GpuActivation& a, int lanes) {
  return (a.doubles ? a.channels / 4 : a.channels) % lanes == 0;
}

__global__ void filter(const float* in, float* out, const float* weights, int count, std::int64_t total,
                       int out_height, int out_width, int in_height, int in_width, int step) {
  const std::int64_t stride = static_cast<std::int64_t>(gridDim.x) * blockDim.x;
  for (std::int64_t i = static_cast<std::int64_t>(blockIdx.x) * blockDim.x + threadIdx.x; i < total;
       i += stride) {
    const std::int64_t x = i % out_width, rest = i / out_width, y = rest % out_height,
                       plane = rest / out_height;
    const float* from = in + (plane * in_height + y) * in_width + x;
    float sum = 0;
    for (int k = 0; k < count; ++k) sum += weights[k] * from[static_cast<std::int64_t>(k) * step];
    out[i] = sum;
  }
}

constexpr int kTile = 32, kRowsAtOnce = kThreads / kTile;

/// A block makes a tile of the output: what it looks at lies in the block's own memory, as do the filtered rows.
__global__ void filter_both(const float* in, float* out, const float* weights, int count, int height,
                            int width) {
  constexpr int kSeen = kTile + kMostTaps - 1;
  __shared__ float seen[kSeen][kSeen + 1], rows[kSeen][kTile], taps[kMostTaps];
  const int out_height = height - count + 1, out_width = width - count + 1;
  const int first_x = blockIdx.x * kTile, first_y = blockIdx.y * kTile;
  const int seen_width = min(kTile + count - 1, width - first_x);
  const int seen_height = min(kTile + count - 1, height - first_y);
  const int x = threadIdx.x % kTile, first_row = threadIdx.x / kTile;
  const float* from = in + (static_cast<std::int64_t>(blockIdx.z) * height + first_y) * width + first_x;
  if (threadIdx.x < count) taps[threadIdx.x] = weights[threadIdx.x];
  for (int y = first_row; y < seen_height; y += kRowsAtOnce)
    for (int i = x; i < seen_width; i += kTile) seen[y][i] = from[static_cast<std::int64_t>(y) * width + i];
  __syncthreads();
  if (first_x + x < out_width) {
    for (int y = first_row; y < seen_height; y += kRowsAtOnce) {
      float sum = 0;
      for (int k = 0; k < count; ++k) sum += taps[k] * seen[y][x + k];
      rows[y][x] = sum;
    }
  }
  __syncthreads();
  if (first_x + x >= out_width) return;
  float* to = out + (static_cast<std::int64_t>(blockIdx.z) * out_height + first_y) * out_width + first_x;
  for (int y = first_row; y < kTile && first_y + y < out_height; y += kRowsAtOnce) {
    float sum = 0;
    for (int k = 0; k < count; ++k) sum += taps[k] * rows[y + k][x];
    to[static_cast<std::int64_t>(y) * out_width + x] = sum;
  }
}

}  // namespace

int gpu_activate(const GpuActivation& a, const void* in, const float* bias, const void* residual, void* out,
                 void* stream) {
  const auto on = static_cast<cudaStream_t>(stream);
  const bool half = a.number == GpuNumber::kBFloat16;
  if (is_wide(a, 8))
    half ? launch<__nv_bfloat16, 8>(a, in, bias, residual, out, on)
         : launch<float, 4>(a, in, bias, residual, out, on);
  else
    half ? launch<__nv_bfloat16, 1>(a, in, bias, residual, out, on)
         : launch<float, 1>(a, in, bias, residual, out, on);
  return static_cast<int>(cudaGetLastError());
}

int gpu_activate_backward(const GpuActivation& a, const void* out, const void* out_gradient,
                          void* in_gradient, float* bias_gradient, void* stream) {
  const auto on = static_cast<cudaStream_t>(stream);
  const bool half = a.number == GpuNumber::kBFloat16;
  if (is_wide(a, 8))
    half ? launch_backward<__nv_bfloat16, 8>(a, out, out_gradient, in_gradient, bias_gradient, on)
         : launch_backward<float, 4>(a, out, out_gradient, in_gradient, bias_gradient, on);
  else
    half ? launch_backward<__nv_bfloat16, 1>(a, out, out_gradient, in_gradient, bias_gradient, on)
         : launch_backward<float, 1>(a, out, out_gradient, in_gradient, bias_gradient, on);
  return static_cast<int>(cudaGetLastError());
}

int gpu_filter(const float* in, float* out, const float* weights, int count, std::int64_t planes, int height,
               int width, bool along_rows, void* stream) {
  const int out_height = along_rows ? height : height - count + 1;
  const int out_width = along_rows ? width - count + 1 : width;
  const std::int64_t total = planes * out_height * out_width;
  filter<<<blocks_for(total), kThreads, 0, static_cast<cudaStream_t>(stream)>>>(
      in, out, weights, count, total, out_height, out_width, height, width, along_rows ? 1 : width);
  return static_cast<int>(cudaGetLastError());
}

int gpu_filter_both(const float* in, float* out, const float* weights, int count, std::int64_t planes,
                    int height, int width, void* stream) {
  const auto tiles = [count](int size) { return static_cast<unsigned>((size - count + kTile) / kTile); };
  const dim3 blocks(tiles(width), tiles(height), static_cast<unsigned>(planes));
  filter_both<<<blocks, kThreads, 0, static_cast<cudaStream_t>(stream)>>>(in, out, weights, count, height,
                                                                         width);
  return static_cast<int>(cudaGetLastError());
}

}  // namespace understudy::model
