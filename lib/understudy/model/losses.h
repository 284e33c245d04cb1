#pragma once

#include <torch/types.h>

#include <string>
#include <vector>

#include "understudy/core/table.h"
#include "understudy/model/network.h"
#include "understudy/model/presets.h"

namespace understudy::model {

/// What a loss compares. All of one floating type, N x C x S x S of one S.
struct LossInput {
  Decoded predicted;
  torch::Tensor target_nchw;    ///< 0..1, BGR
  torch::Tensor mask_nchw;      ///< 0..1, one channel: the true mask
  torch::Tensor weight_nchw;    ///< one channel: how much each pixel counts
  torch::Tensor priority_nchw;  ///< 0..1, one channel: priority_map(); undefined without landmarks
};

/// N values, one for each face: its mean, each pixel by its own weights, whatever else is in the batch. So
/// the mean over two halves of a batch is that of the whole. 0 where nothing counts.
using Loss = torch::Tensor (*)(const LossInput& input);

struct LossKind {
  Loss per_face;
  /// Compares the swap (the likeness' decoder on the performer's code) with the performer's picture, instead
  /// of a reconstruction with its target.
  bool on_swap = false;
  bool by_landmarks = false;  ///< looks at `priority_nchw`
};

/// To add one: losses/NAME.cpp, its declaration in losses/table.h and a row in losses/table.cpp; the tests
/// walk the table. Then name it in a preset.
const Table<LossKind>& losses();

/// Whether a term of these, with a weight above 0, looks at the swap.
bool needs_swap(const std::vector<LossTerm>& terms);
/// Whether a term of these, with a weight above 0, looks at the landmarks.
bool needs_landmarks(const std::vector<LossTerm>& terms);

/// The weighted sum of the terms that look at a reconstruction, a scalar: the mean over the faces. Target and
/// mask are reduced to the prediction's size when that is smaller by a power of two. `landmarks_n682`: as in
/// TrainingBatch, NaN for a face without; may be undefined when needs_landmarks() says no, else throws Error
/// kInput.
torch::Tensor total_loss(const std::vector<LossTerm>& terms, const Decoded& predicted,
                         const torch::Tensor& target_nchw, const torch::Tensor& mask_nchw,
                         double outside_weight, const torch::Tensor& landmarks_n682 = {});

/// The weighted sum of the terms that look at the swap, a scalar: the mean over the faces. `swapped`: the
/// likeness' decoder on the performer's codes, which the caller detaches if the encoder shall not learn from
/// it. Picture and mask are the performer's.
torch::Tensor swap_loss(const std::vector<LossTerm>& terms, const Decoded& swapped,
                        const torch::Tensor& performer_nchw, const torch::Tensor& mask_nchw);

/// Structural similarity (Wang et al. 2004), per pixel and channel: window 11, sigma 1.5, k1 .01, k2 .03,
/// valid pixels only: N x C x (S-10) x (S-10). Throws Error kUsage for pictures below 11 pixels.
torch::Tensor ssim_map(const torch::Tensor& a_nchw, const torch::Tensor& b_nchw);

/// Each channel blurred by a Gaussian of that sigma in pixels, cut at three; outside the picture is 0. Square
/// pictures.
torch::Tensor gaussian_blurred(const torch::Tensor& images_nchw, double sigma);

/// 1 in the mask and around it (S/12), falling off smoothly to `outside`.
torch::Tensor pixel_weights(const torch::Tensor& mask_nchw, double outside);

/// N x 1 x px x px: the sum of Gaussians of `sigma` around the points, at most 1. Points are (x, y) in 0..1
/// of the picture, `sigma` is in the same unit; a point that is NaN adds nothing.
torch::Tensor map_around(const torch::Tensor& points_nk2, double sigma, std::int64_t px);

/// N x 1 x px x px: 1 at the landmarks of eyes and mouth, falling off as Gaussians of px/24 around them; 0
/// everywhere for a face whose landmarks are NaN. `landmarks_n682`: the 68 iBUG points as (x, y) in 0..1 of
/// the picture, on any device. In a mirrored picture left and right points have changed places, which the
/// union of both eyes and the mouth does not mind.
torch::Tensor priority_map(const torch::Tensor& landmarks_n682, std::int64_t px);

}  // namespace understudy::model
