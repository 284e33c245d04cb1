#pragma once

#include <torch/types.h>

#include <cstdint>

namespace understudy::model {

/// Each channel's blur by a Gaussian of that window (odd) and sigma in pixels, where the window lies inside:
/// N x C x (S - window + 1) squared. Square pictures of at least `window`. On a CPU in float32 by loops of
/// our own, which need no BLAS; else as two products.
torch::Tensor inner_blurred(const torch::Tensor& images_nchw, std::int64_t window, double sigma);

}  // namespace understudy::model
