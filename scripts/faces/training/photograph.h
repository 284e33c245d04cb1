#pragma once

#include <vector>

#include "draw.h"

namespace understudy::faces {

/// How strongly pictures are changed.
struct PhotographRule {
  double blur_px = 1;           ///< of the largest blur
  double grain = 0.05;          ///< the largest deviation of noise
  std::vector<int> reductions;  ///< a picture may be brought down by one of these, and up again
  double reduced_share = 0;     ///< of the pictures, for each reduction
  double recoloured = 1;        ///< strength, see recoloured()
};

/// Pictures count x 3 x height x width, 0 to 1, B, G, R. Brightness, colour balance, gamma, contrast,
/// saturation and hue.
torch::Tensor recoloured(const torch::Tensor& pictures, const Draw& draw, double strength);
/// Light that changes slowly over the picture.
torch::Tensor relit(const torch::Tensor& pictures, const Draw& draw);
/// As a camera and its files would give the scene: recoloured, blurred, reduced, noisy, compressed. Sides are
/// multiples of 8.
torch::Tensor photographed(const torch::Tensor& pictures, const Draw& draw, const PhotographRule& rule);
/// What networks take: (value - 127.5) / 64.
torch::Tensor network_input(const torch::Tensor& pictures);

}  // namespace understudy::faces
