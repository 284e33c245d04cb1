#pragma once

#include <torch/types.h>

namespace understudy::model {

/// at::linear: `x` (N x I) times the transposed `weight` (O x I), plus `bias` (O). On a CPU in float32 by
/// loops of our own: a libtorch whose BLAS is the plain reference one, as Debian's by default, takes ten
/// times as long and one thread.
torch::Tensor dense(const torch::Tensor& x, const torch::Tensor& weight, const torch::Tensor& bias);

}  // namespace understudy::model
