#include <torch/types.h>

#include "understudy/model/losses/face_mean.h"
#include "understudy/model/losses/table.h"

namespace understudy::model {

torch::Tensor face_mean(const torch::Tensor& values_nchw, const torch::Tensor& weight_n1hw) {
  const auto channels = static_cast<double>(values_nchw.size(1));
  return (values_nchw * weight_n1hw).sum({1, 2, 3}) / (weight_n1hw.sum({1, 2, 3}) * channels + 1e-6);
}

torch::Tensor l1_loss(const LossInput& in) {
  return face_mean((in.predicted.image_nchw - in.target_nchw).abs(), in.weight_nchw);
}

torch::Tensor l2_loss(const LossInput& in) {
  return face_mean((in.predicted.image_nchw - in.target_nchw).square(), in.weight_nchw);
}

torch::Tensor gradient_loss(const LossInput& in) {
  const torch::Tensor difference = in.predicted.image_nchw - in.target_nchw;
  torch::Tensor sum = at::zeros({difference.size(0)}, difference.options());
  for (std::int64_t axis : {2, 3}) {
    const std::int64_t n = difference.size(axis) - 1;
    const torch::Tensor slope = difference.narrow(axis, 1, n) - difference.narrow(axis, 0, n);
    sum = sum + face_mean(slope.abs(), in.weight_nchw.narrow(axis, 1, n));
  }
  return sum;
}

torch::Tensor mask_loss(const LossInput& in) {
  return (in.predicted.mask_nchw - in.mask_nchw).square().mean({1, 2, 3});
}

torch::Tensor total_variation_loss(const LossInput& in) {
  const torch::Tensor &image = in.predicted.image_nchw, &mask = in.mask_nchw;
  torch::Tensor sum = at::zeros({image.size(0)}, image.options());
  for (std::int64_t axis : {2, 3}) {
    const std::int64_t n = image.size(axis) - 1;
    const torch::Tensor slope = image.narrow(axis, 1, n) - image.narrow(axis, 0, n);
    sum = sum + face_mean(slope.abs(), mask.narrow(axis, 1, n) * mask.narrow(axis, 0, n));
  }
  return sum;
}

}  // namespace understudy::model
