#pragma once

#include <torch/types.h>

#include <cstdint>
#include <vector>

#include "understudy/model/weights.h"

namespace understudy::model {

/// What a discriminator says, a map for each of its heads, N x 1 x H x W or N x 1, float32: logits, above 0
/// where it takes what it sees for real.
using Verdict = std::vector<torch::Tensor>;

/// What the discriminator is to lower: binary cross-entropy, real ones to be called real and others not, half
/// each; a scalar, the mean over faces and places, summed over the heads.
torch::Tensor judge_loss(const Verdict& of_real, const Verdict& of_made);
/// What the one who made them is to lower: all are to be called real (Goodfellow et al. 2014,
/// non-saturating).
torch::Tensor fooling_loss(const Verdict& of_made);

/// The layers' weights, as views into one flat buffer, and their gradients, as views into another, so that
/// optimiser, checkpoint and average work as for the network. What both discriminators are made of.
class JudgeLayers {
 public:
  /// `flat`: a buffer of layout.total, used in place. With `trainable`, gradients() collects them.
  /// `working_type`: see device.h.
  JudgeLayers(const WeightLayout& layout, const torch::Tensor& flat, torch::ScalarType working_type,
              bool trainable);
  JudgeLayers(const JudgeLayers&) = delete;
  JudgeLayers& operator=(const JudgeLayers&) = delete;

  /// The flat gradient; filled by backward(), to be zeroed by the caller. Trainable only.
  const torch::Tensor& gradients() const { return flat_gradients_; }

  /// `frozen`: the weights are taken as constants.
  torch::Tensor conv(const torch::Tensor& x, std::size_t layer, std::int64_t stride, bool frozen) const;
  torch::Tensor dense(const torch::Tensor& x, std::size_t layer, bool frozen) const;
  torch::ScalarType working_type() const { return working_type_; }

 private:
  torch::Tensor weight(std::size_t place, bool frozen) const;

  torch::ScalarType working_type_;
  std::vector<torch::Tensor> weights_;
  torch::Tensor flat_gradients_;
};

/// Tells real pictures from made ones by patches and by pixels: a U-Net (Schoenfeld et al. 2020, arXiv
/// 2002.12655) without normalisation, so that no face looks at another. Halvings until a patch of about an
/// eighth of the side is seen (the first head), then doublings with skips back to every pixel (the second).
class PatchDiscriminator {
 public:
  /// For pictures of `px`, an even number. Throws Error kUsage.
  static WeightLayout layout(std::int64_t px);
  /// Values of one picture that the backward pass needs.
  static double kept_values(std::int64_t px);

  PatchDiscriminator(std::int64_t px, const torch::Tensor& flat, torch::ScalarType working_type,
                     bool trainable);

  /// `pictures_nchw`: float32, 0..1, N x 3 x px x px, BGR. `frozen`: for whoever is to fool it: gradients
  /// flow to the pictures alone.
  Verdict logits(const torch::Tensor& pictures_nchw, bool frozen) const;
  const torch::Tensor& gradients() const { return layers_.gradients(); }

 private:
  std::size_t levels_;
  JudgeLayers layers_;
};

/// Tells by the encoder's code who is seen ("true face"): with it as an adversary the two people's codes
/// become alike. Maps are halved with widths from 256 up, flat codes go through two products of 256.
class CodeDiscriminator {
 public:
  /// For codes of `channels` by px x px; flat ones have 1 pixel.
  static WeightLayout layout(std::int64_t channels, std::int64_t px);

  CodeDiscriminator(std::int64_t channels, std::int64_t px, const torch::Tensor& flat,
                    torch::ScalarType working_type, bool trainable);

  /// `codes`: what Network::encode() gave, N x C or N x C x px x px. `frozen`: as above.
  Verdict logits(const torch::Tensor& codes, bool frozen) const;
  const torch::Tensor& gradients() const { return layers_.gradients(); }

 private:
  std::int64_t px_;
  JudgeLayers layers_;
};

}  // namespace understudy::model
