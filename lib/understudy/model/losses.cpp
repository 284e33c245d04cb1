#include "understudy/model/losses.h"

#include <torch/torch.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <mutex>

#include "understudy/core/error.h"
#include "understudy/core/text.h"

namespace understudy::model {
namespace {

constexpr std::int64_t kSsimWindow = 11;
constexpr double kSsimSigma = 1.5;

torch::Tensor gaussian(std::int64_t size, double sigma) {
  const torch::Tensor x = at::arange(size, torch::kFloat32) - static_cast<double>(size / 2);
  const torch::Tensor weights = at::exp(x.square() / (-2 * sigma * sigma));
  return weights / weights.sum();
}

/// size x (size - window + 1): a row vector times this is its blur.
torch::Tensor blur_matrix(std::int64_t size, const torch::Tensor& window) {
  const std::int64_t width = window.size(0);
  torch::Tensor matrix = at::zeros({size, size - width + 1}, torch::kFloat32);
  for (std::int64_t i = 0; i + width <= size; ++i) matrix.select(1, i).narrow(0, i, width).copy_(window);
  return matrix;
}

/// The SSIM window's matrix, made once for each size and device.
torch::Tensor ssim_matrix(std::int64_t size, torch::Device device) {
  static std::mutex mutex;
  static std::map<std::pair<std::int64_t, std::string>, torch::Tensor> made;
  const std::lock_guard lock(mutex);
  torch::Tensor& matrix = made[{size, device.str()}];
  if (!matrix.defined()) matrix = blur_matrix(size, gaussian(kSsimWindow, kSsimSigma)).to(device);
  return matrix;
}

/// Rows, then columns, as two products: on a CPU ten times faster than a convolution of single channels.
/// The result lies transposed, which elementwise work does not mind.
torch::Tensor blurred_transposed(const torch::Tensor& images, const torch::Tensor& matrix) {
  return at::matmul(at::matmul(images, matrix).transpose(-1, -2), matrix);
}

/// Of `width` (odd) neighbours along `axis`, for values from 0. By doubling steps: pooling takes twenty times
/// as long.
torch::Tensor running_maximum(const torch::Tensor& x, std::int64_t axis, std::int64_t width) {
  const std::int64_t half = width / 2;
  torch::Tensor out =
      axis == 3 ? at::constant_pad_nd(x, {half, half}) : at::constant_pad_nd(x, {0, 0, half, half});
  for (std::int64_t covered = 1; covered < width;) {
    const std::int64_t step = std::min(covered, width - covered), count = out.size(axis) - step;
    out = at::maximum(out.narrow(axis, 0, count), out.narrow(axis, step, count));
    covered += step;
  }
  return out;
}

torch::Tensor weighted_mean(const torch::Tensor& values, const torch::Tensor& weight) {
  const double channels = static_cast<double>(values.size(1));
  return (values * weight).sum() / (weight.sum() * channels + 1e-6);
}

torch::Tensor l1(const LossInput& in) {
  return weighted_mean((in.predicted.image_nchw - in.target_nchw).abs(), in.weight_nchw);
}

torch::Tensor dssim(const LossInput& in) {
  const std::int64_t border = kSsimWindow / 2, size = in.weight_nchw.size(2) - 2 * border;
  const torch::Tensor similarity = ssim_map(in.predicted.image_nchw, in.target_nchw);
  return weighted_mean((1 - similarity) * 0.5,
                       in.weight_nchw.narrow(2, border, size).narrow(3, border, size));
}

torch::Tensor gradient(const LossInput& in) {
  const torch::Tensor difference = in.predicted.image_nchw - in.target_nchw;
  torch::Tensor sum = at::zeros({}, difference.options());
  for (std::int64_t axis : {2, 3}) {
    const std::int64_t n = difference.size(axis) - 1;
    const torch::Tensor slope = difference.narrow(axis, 1, n) - difference.narrow(axis, 0, n);
    sum = sum + weighted_mean(slope.abs(), in.weight_nchw.narrow(axis, 1, n));
  }
  return sum;
}

torch::Tensor mask(const LossInput& in) {
  return (in.predicted.mask_nchw - in.mask_nchw).square().mean();
}

}  // namespace

const Table<Loss>& losses() {
  static const Table<Loss> table("loss",
                                 {{"l1", "mean absolute difference", l1},
                                  {"dssim", "structural dissimilarity (Wang et al. 2004)", dssim},
                                  {"gradient", "mean absolute difference of the slopes in x and y", gradient},
                                  {"mask", "mean squared difference of the masks", mask}});
  return table;
}

torch::Tensor gaussian_blurred(const torch::Tensor& images_nchw, double sigma) {
  const std::int64_t radius = static_cast<std::int64_t>(std::ceil(3 * sigma)), size = images_nchw.size(3);
  const torch::Tensor matrix =
      blur_matrix(size + 2 * radius, gaussian(2 * radius + 1, sigma)).narrow(0, radius, size);
  return blurred_transposed(images_nchw, matrix.to(images_nchw.device())).transpose(-1, -2).contiguous();
}

torch::Tensor ssim_map(const torch::Tensor& a_nchw, const torch::Tensor& b_nchw) {
  const std::int64_t size = a_nchw.size(3);
  if (size < kSsimWindow || a_nchw.size(2) != size || a_nchw.sizes() != b_nchw.sizes())
    throw Error(ErrorCode::kUsage,
                text("SSIM needs two square pictures of one size and at least ", kSsimWindow, " pixels"));
  constexpr double kC1 = 0.01 * 0.01, kC2 = 0.03 * 0.03;
  const torch::Tensor matrix = ssim_matrix(size, a_nchw.device());
  const auto blurred = [&](const torch::Tensor& x) { return blurred_transposed(x, matrix); };
  const torch::Tensor mean_a = blurred(a_nchw), mean_b = blurred(b_nchw);
  const torch::Tensor means_product = mean_a * mean_b, means_squares = mean_a.square() + mean_b.square();
  const torch::Tensor covariance = blurred(a_nchw * b_nchw) - means_product;
  const torch::Tensor variances = blurred(a_nchw.square() + b_nchw.square()) - means_squares;
  const torch::Tensor map =
      (2 * means_product + kC1) * (2 * covariance + kC2) / ((means_squares + kC1) * (variances + kC2));
  return map.transpose(-1, -2);
}

torch::Tensor pixel_weights(const torch::Tensor& mask_nchw, double outside) {
  const std::int64_t width = std::max<std::int64_t>(3, (mask_nchw.size(2) / 12) | 1), half = width / 2;
  const torch::Tensor grown = running_maximum(running_maximum(mask_nchw, 2, width), 3, width);
  const torch::Tensor soft =
      at::avg_pool2d(at::avg_pool2d(grown, {1, width}, 1, {0, half}), {width, 1}, 1, {half, 0});
  return soft * (1 - outside) + outside;
}

torch::Tensor total_loss(const std::vector<LossTerm>& terms, const Decoded& predicted,
                         const torch::Tensor& target_nchw, const torch::Tensor& mask_nchw,
                         double outside_weight) {
  LossInput input{predicted, target_nchw, mask_nchw, {}};
  if (const std::int64_t factor = target_nchw.size(2) / predicted.image_nchw.size(2); factor > 1) {
    input.target_nchw = at::avg_pool2d(target_nchw, factor);
    input.mask_nchw = at::avg_pool2d(mask_nchw, factor);
  }
  input.weight_nchw = pixel_weights(input.mask_nchw, outside_weight);
  torch::Tensor sum = at::zeros({}, target_nchw.options());
  for (const LossTerm& term : terms)
    if (term.weight != 0) sum = sum + term.weight * losses().at(term.name)(input);
  return sum;
}

}  // namespace understudy::model
