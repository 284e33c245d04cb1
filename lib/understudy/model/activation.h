#pragma once

#include <torch/types.h>

namespace understudy::model {

/// Sub-pixel doubling (Shi et al. 2016): N x 4C x H x W to N x C x 2H x 2W. The four sub-pixels lie before
/// the channels, so that in channels-last memory whole runs are moved; libtorch's pixel_shuffle has them the
/// other way round.
torch::Tensor doubled(const torch::Tensor& x, at::MemoryFormat format);

/// Whether activated() can do its work on that tensor.
bool activates_at_once(const torch::Tensor& conv_nchw);

/// Leaky ReLU of a convolution's output without its bias, plus the bias, plus `residual_nchw` if that is
/// defined; then doubled(), if so. Float32 or bfloat16 on a GPU, channels last, in one pass over the memory
/// each way, where libtorch's operations take four and more. `bias`: float32. A residual is not doubled.
/// Throws Error kResource when the GPU refuses.
torch::Tensor activated(const torch::Tensor& conv_nchw, const torch::Tensor& bias,
                        const torch::Tensor& residual_nchw, double slope, bool doubles);

}  // namespace understudy::model
