#include <torch/types.h>

#include "understudy/model/losses/table.h"

namespace understudy::model {
namespace {

/// N x C each.
struct Tone {
  torch::Tensor mean, spread;
};

Tone tone(const torch::Tensor& image, const torch::Tensor& mask) {
  const double sigma = static_cast<double>(image.size(3)) / 8;
  // The part of the blur that comes from inside the mask, or black would bleed in.
  const torch::Tensor blurred =
      gaussian_blurred(image * mask, sigma) / (gaussian_blurred(mask, sigma) + 1e-4);
  const torch::Tensor area = mask.sum({2, 3}) + 1e-6;
  const auto mean = [&](const torch::Tensor& values) { return (values * mask).sum({2, 3}) / area; };
  Tone out;
  out.mean = mean(blurred);
  out.spread = (mean((blurred - out.mean.unsqueeze(2).unsqueeze(3)).square()) + 1e-6).sqrt();
  return out;
}

}  // namespace

torch::Tensor style_loss(const LossInput& in) {
  const Tone swapped = tone(in.predicted.image_nchw, in.mask_nchw),
             performer = tone(in.target_nchw, in.mask_nchw);
  return ((swapped.mean - performer.mean).square() + (swapped.spread - performer.spread).square()).mean(1);
}

torch::Tensor background_loss(const LossInput& in) {
  LossInput outside = in;
  outside.weight_nchw = 1 - in.weight_nchw;
  return dssim_loss(outside) + l2_loss(outside);
}

}  // namespace understudy::model
