#pragma once

#include <torch/types.h>

namespace understudy::model {

/// N values: each face's mean over channels and pixels, its pixels by its own weights (N x 1 x H x W). 0 for
/// a face without weight.
torch::Tensor face_mean(const torch::Tensor& values_nchw, const torch::Tensor& weight_n1hw);

}  // namespace understudy::model
