#include <torch/types.h>

#include <array>

#include "understudy/core/error.h"
#include "understudy/core/text.h"
#include "understudy/model/losses/blur.h"
#include "understudy/model/losses/face_mean.h"
#include "understudy/model/losses/table.h"

namespace understudy::model {
namespace {

constexpr std::int64_t kWindow = 11;
constexpr double kSigma = 1.5;
constexpr double kC1 = 0.01 * 0.01, kC2 = 0.03 * 0.03;
constexpr std::array kScaleWeights = {0.0448, 0.2856, 0.3001, 0.2363, 0.1333};
constexpr double kLeastSimilarity = 0.05;

/// Of the windows of two pictures.
struct Moments {
  torch::Tensor means_product, means_squares, covariance, variances;
};

Moments moments(const torch::Tensor& a, const torch::Tensor& b) {
  const std::int64_t size = a.size(3);
  if (size < kWindow || a.size(2) != size || a.sizes() != b.sizes())
    throw Error(ErrorCode::kUsage,
                text("SSIM needs two square pictures of one size and at least ", kWindow, " pixels"));
  const auto blurred = [](const torch::Tensor& x) { return inner_blurred(x, kWindow, kSigma); };
  const torch::Tensor mean_a = blurred(a), mean_b = blurred(b);
  Moments m;
  m.means_product = mean_a * mean_b;
  m.means_squares = mean_a.square() + mean_b.square();
  m.covariance = blurred(a * b) - m.means_product;
  m.variances = blurred(a.square() + b.square()) - m.means_squares;
  return m;
}

torch::Tensor similarity(const Moments& m) {
  return (2 * m.means_product + kC1) * (2 * m.covariance + kC2) /
         ((m.means_squares + kC1) * (m.variances + kC2));
}

/// The weights of the pixels that a window fits around.
torch::Tensor inner(const torch::Tensor& weight_n1ss) {
  const std::int64_t border = kWindow / 2, size = weight_n1ss.size(2) - 2 * border;
  return weight_n1ss.narrow(2, border, size).narrow(3, border, size);
}

std::size_t scales_of(std::int64_t px) {
  std::size_t scales = 1;
  while (scales < kScaleWeights.size() && (px >> scales) >= kWindow) ++scales;
  return scales;
}

/// x where it is above the least similarity; below, an exponential that goes on with the same slope.
torch::Tensor kept_positive(const torch::Tensor& x) {
  return x.clamp_min(kLeastSimilarity) * at::exp((x / kLeastSimilarity - 1).clamp_max(0));
}

/// N x C: each channel's mean over a map; 1 for a face without weight.
torch::Tensor channel_means(const torch::Tensor& map, const torch::Tensor& weight_n1hw) {
  return 1 - ((1 - map) * weight_n1hw).sum({2, 3}) / (weight_n1hw.sum({2, 3}) + 1e-6);
}

}  // namespace

torch::Tensor ssim_map(const torch::Tensor& a_nchw, const torch::Tensor& b_nchw) {
  return similarity(moments(a_nchw, b_nchw));
}

torch::Tensor dssim_loss(const LossInput& in) {
  return face_mean((1 - ssim_map(in.predicted.image_nchw, in.target_nchw)) * 0.5, inner(in.weight_nchw));
}

torch::Tensor ms_ssim_loss(const LossInput& in) {
  torch::Tensor a = in.predicted.image_nchw, b = in.target_nchw, weight = in.weight_nchw;
  const std::size_t scales = scales_of(a.size(3));
  double weight_sum = 0;
  for (std::size_t i = 0; i < scales; ++i) weight_sum += kScaleWeights[i];
  torch::Tensor product = at::ones({}, a.options());
  for (std::size_t i = 0; i < scales; ++i) {
    const Moments m = moments(a, b);
    const bool last = i + 1 == scales;
    const torch::Tensor map = last ? similarity(m) : (2 * m.covariance + kC2) / (m.variances + kC2);
    const torch::Tensor means = kept_positive(channel_means(map, inner(weight)));
    product = product * means.pow(kScaleWeights[i] / weight_sum);
    if (last) break;
    a = at::avg_pool2d(a, 2);
    b = at::avg_pool2d(b, 2);
    weight = at::avg_pool2d(weight, 2);
  }
  return 1 - product.mean(1);
}

}  // namespace understudy::model
