#pragma once

#include <cstdint>

namespace understudy::model {

// What libtorch would do in several passes over a GPU's memory, in one. Nothing waits for the stream (a
// cudaStream_t); each returns CUDA's error code, 0: none.

enum class GpuNumber { kFloat32, kBFloat16 };

/// A convolution's output, channels last: `pixels` rows of `channels` numbers. With `doubles` the result has
/// a quarter of the channels on twice the rows and columns of pictures that are `width` pixels wide: the four
/// sub-pixels of a pixel lie before the channels.
struct GpuActivation {
  std::int64_t pixels, channels, width;
  bool doubles;
  float slope;  ///< of what is below 0
  GpuNumber number;
};

/// out = leaky(in + bias + residual); `in` may be `out` unless it doubles. `residual` may be null; it is not
/// together with `doubles`. `bias`: float32.
int gpu_activate(const GpuActivation& a, const void* in, const float* bias, const void* residual, void* out,
                 void* stream);
/// `out` as gpu_activate() left it. Writes in_gradient and adds to bias_gradient (float32).
int gpu_activate_backward(const GpuActivation& a, const void* out, const void* out_gradient,
                          void* in_gradient, float* bias_gradient, void* stream);

/// out[i] = the sum of weights[k] * in[i + k] along rows or columns of `planes` planes, float32. The output
/// is `count` - 1 smaller along that axis. `weights`: on the GPU.
int gpu_filter(const float* in, float* out, const float* weights, int count, std::int64_t planes, int height,
               int width, bool along_rows, void* stream);
/// Along rows, then along columns, in one pass. `count`: at most kMostTaps.
int gpu_filter_both(const float* in, float* out, const float* weights, int count, std::int64_t planes,
                    int height, int width, void* stream);
inline constexpr int kMostTaps = 33;

}  // namespace understudy::model
