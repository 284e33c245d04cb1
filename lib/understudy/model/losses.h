#pragma once

#include <torch/types.h>

#include <string>
#include <vector>

#include "understudy/core/table.h"
#include "understudy/model/network.h"
#include "understudy/model/presets.h"

namespace understudy::model {

/// What a loss compares. All float32, N x C x S x S of one S.
struct LossInput {
  Decoded predicted;
  torch::Tensor target_nchw;  ///< 0..1, BGR
  torch::Tensor mask_nchw;    ///< 0..1, one channel: the true mask
  torch::Tensor weight_nchw;  ///< one channel: how much each pixel counts
};

/// A scalar: the mean over the batch, each pixel by its weight.
using Loss = torch::Tensor (*)(const LossInput& input);

/// To add one: a function and a row in losses.cpp, a test of its gradient comes with the row; then name it in
/// a preset.
const Table<Loss>& losses();

/// Structural similarity (Wang et al. 2004), per pixel and channel: window 11, sigma 1.5, k1 .01, k2 .03,
/// valid pixels only: N x C x (S-10) x (S-10). Throws Error kUsage for pictures below 11 pixels.
torch::Tensor ssim_map(const torch::Tensor& a_nchw, const torch::Tensor& b_nchw);

/// Each channel blurred by a Gaussian of that sigma in pixels, cut at three; outside the picture is 0. Square
/// pictures.
torch::Tensor gaussian_blurred(const torch::Tensor& images_nchw, double sigma);

/// 1 in the mask and around it (S/12), falling off smoothly to `outside`.
torch::Tensor pixel_weights(const torch::Tensor& mask_nchw, double outside);

/// The terms' weighted sum. Target and mask are reduced to the prediction's size when that is smaller by a
/// power of two.
torch::Tensor total_loss(const std::vector<LossTerm>& terms, const Decoded& predicted,
                         const torch::Tensor& target_nchw, const torch::Tensor& mask_nchw,
                         double outside_weight);

}  // namespace understudy::model
