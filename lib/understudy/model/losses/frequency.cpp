#include <torch/types.h>

#include "understudy/model/losses/table.h"

namespace understudy::model {

torch::Tensor focal_frequency_loss(const LossInput& in) {
  const std::int64_t size = in.target_nchw.size(3), half = size / 2 + 1;
  const torch::Tensor difference = (in.predicted.image_nchw - in.target_nchw) * in.weight_nchw.sqrt();
  const torch::Tensor power =
      at::view_as_real(at::fft_rfft2(difference, {}, {-2, -1}, "ortho")).square().sum(-1);
  // Half of a real picture's spectrum is the mirrored other half: its columns count twice, but for the first
  // and, of an even size, the last.
  torch::Tensor times = at::full({half}, 2, power.options());
  times.narrow(0, 0, 1).fill_(1);
  if (size % 2 == 0) times.narrow(0, half - 1, 1).fill_(1);
  const torch::Tensor distance = power.detach().sqrt();
  const torch::Tensor focus = distance / (distance.amax({2, 3}, true) + 1e-12) * times;
  const auto channels = static_cast<double>(difference.size(1));
  return (focus * power).sum({1, 2, 3}) / (in.weight_nchw.sum({1, 2, 3}) * channels + 1e-6);
}

}  // namespace understudy::model
