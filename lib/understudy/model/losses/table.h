#pragma once

#include "understudy/model/losses.h"

namespace understudy::model {

torch::Tensor l1_loss(const LossInput& in);
torch::Tensor l2_loss(const LossInput& in);
/// Of the slopes in x and y: edges keep their sharpness.
torch::Tensor gradient_loss(const LossInput& in);
torch::Tensor mask_loss(const LossInput& in);
/// The predicted picture's own mean slope in x and y, inside the mask (Rudin, Osher and Fatemi 1992,
/// anisotropic). Over space alone: what differs between channels is colour.
torch::Tensor total_variation_loss(const LossInput& in);

/// (1 - SSIM) / 2. Throws as ssim_map().
torch::Tensor dssim_loss(const LossInput& in);
/// 1 - MS-SSIM (Wang, Simoncelli and Bovik 2003), per channel: the five scales' weights, averaged pairs
/// between the scales. Pictures below 176 pixels have fewer scales, whose weights are raised to sum to 1.
/// Similarities below .05, for which the paper's powers are not made, fall off smoothly instead. Throws as
/// ssim_map().
torch::Tensor ms_ssim_loss(const LossInput& in);

/// Focal frequency loss (Jiang et al. 2021, ICCV), alpha 1: squared differences of the spectra, each
/// frequency by how far it is off, relative to the worst of its face and channel. The difference is weighted
/// by pixel before the transform.
torch::Tensor focal_frequency_loss(const LossInput& in);

/// Mean absolute difference by priority_map(). Throws Error kInput without one.
torch::Tensor eyes_mouth_loss(const LossInput& in);

/// Squared differences of each channel's mean and spread inside the mask, after a blur of S/8: tone and
/// light, not features.
torch::Tensor style_loss(const LossInput& in);
/// DSSIM and mean squared difference outside `weight_nchw`. Throws as ssim_map().
torch::Tensor background_loss(const LossInput& in);

}  // namespace understudy::model
