#include <torch/types.h>

#include "understudy/core/error.h"
#include "understudy/model/losses/face_mean.h"
#include "understudy/model/losses/table.h"

namespace understudy::model {

torch::Tensor map_around(const torch::Tensor& points_nk2, double sigma, std::int64_t px) {
  const torch::Tensor places = (at::arange(px, points_nk2.options()) + 0.5) / static_cast<double>(px);
  const auto along = [&](std::int64_t axis) {  // N x points x px
    const torch::Tensor distance = (places - points_nk2.select(2, axis).unsqueeze(2)) / sigma;
    return at::nan_to_num(at::exp(distance.square() * -0.5));
  };
  // A Gaussian of two axes is a product, so their sum is a product of matrices.
  return at::matmul(along(1).transpose(1, 2), along(0)).clamp_max(1).unsqueeze(1);
}

torch::Tensor priority_map(const torch::Tensor& landmarks_n682, std::int64_t px) {
  constexpr std::int64_t kFirstEyePoint = 36, kPoints = 32;  // the mouth's follow the eyes'
  return map_around(landmarks_n682.narrow(1, kFirstEyePoint, kPoints), 1.0 / 24, px);
}

torch::Tensor eyes_mouth_loss(const LossInput& in) {
  if (!in.priority_nchw.defined())
    throw Error(ErrorCode::kInput, "the loss 'eyes-mouth' needs landmarks, and these faces have none",
                "align with a landmarker that gives the 68 points, or leave this loss out");
  return face_mean((in.predicted.image_nchw - in.target_nchw).abs(), in.priority_nchw);
}

}  // namespace understudy::model
