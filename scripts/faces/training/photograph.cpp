#include "photograph.h"

#include <array>
#include <cmath>
#include <numbers>

namespace understudy::faces {
namespace {

// Shares of the pictures.
constexpr double kGrey = 0.1, kBlurred = 0.5, kSharpened = 0.3, kNoisy = 0.6, kCompressed = 0.5;
constexpr std::int64_t kBlock = 8;

// Rows: luma, then the two differences of colour, from blue, green and red (ITU-T T.871, JPEG).
constexpr std::array<double, 9> kLumaFromBgr = {0.114,     0.587,     0.299,     0.5, -0.331264,
                                                -0.168736, -0.081312, -0.418688, 0.5};
constexpr std::array<double, 9> kBgrFromLuma = {1, 1.772, 0, 1, -0.344136, -0.714136, 1, 0, 1.402};

/// Each pixel's three numbers times a 3 x 3 matrix. Its numbers stay on the host: a copy would wait for the
/// device.
torch::Tensor mixed(const torch::Tensor& pictures, const std::array<double, 9>& matrix) {
  const torch::Tensor a = pictures.select(1, 0), b = pictures.select(1, 1), c = pictures.select(1, 2);
  const auto row = [&](std::size_t i) {
    return a * matrix[3 * i] + b * matrix[3 * i + 1] + c * matrix[3 * i + 2];
  };
  return at::stack({row(0), row(1), row(2)}, 1);
}

/// Turns and stretches the differences of colour.
torch::Tensor recoloured_chroma(const torch::Tensor& pictures, const Draw& draw, double strength) {
  const torch::Tensor luma = mixed(pictures, kLumaFromBgr);
  torch::Tensor saturation = draw.normal(0.35 * strength).exp_();
  saturation = at::where(draw.chance(kGrey * strength), at::zeros_like(saturation), saturation);
  const torch::Tensor hue = draw.normal(0.12 * strength);
  const torch::Tensor c = (hue.cos() * saturation).view({-1, 1, 1}),
                      s = (hue.sin() * saturation).view({-1, 1, 1});
  const torch::Tensor u = luma.select(1, 1), v = luma.select(1, 2);
  return mixed(at::stack({luma.select(1, 0), c * u - s * v, s * u + c * v}, 1), kBgrFromLuma);
}

/// count x 1 x size x size: Gauss kernels, stretched in a direction as by motion.
torch::Tensor blur_kernels(const Draw& draw, double blur_px) {
  const std::int64_t reach = static_cast<std::int64_t>(std::ceil(2 * blur_px));
  const torch::Tensor at = at::arange(-reach, reach + 1, draw.options());
  const torch::Tensor angle = for_pictures(draw.uniform(0, std::numbers::pi));
  const torch::Tensor x = at.view({1, 1, 1, -1}), y = at.view({1, 1, -1, 1});
  torch::Tensor along = draw.uniform(0.3, blur_px);
  torch::Tensor across = at::where(draw.chance(0.5), along, draw.uniform(0.3, 0.6));
  const torch::Tensor none = draw.chance(1 - kBlurred);
  along = at::where(none, at::full_like(along, 0.2), along);
  across = at::where(none, at::full_like(along, 0.2), across);
  const torch::Tensor p = (x * angle.cos() + y * angle.sin()) / for_pictures(along);
  const torch::Tensor q = (y * angle.cos() - x * angle.sin()) / for_pictures(across);
  const torch::Tensor kernel = (p.square() + q.square()).mul_(-0.5).exp_();
  return kernel / kernel.sum({2, 3}, true);
}

torch::Tensor blurred(const torch::Tensor& pictures, const Draw& draw, double blur_px) {
  const torch::Tensor kernels = blur_kernels(draw, blur_px);
  const std::int64_t border = kernels.size(2) / 2, planes = draw.count() * 3;
  const torch::Tensor flat = pictures.reshape({1, planes, pictures.size(2), pictures.size(3)});
  const torch::Tensor padded = at::reflection_pad2d(flat, {border, border, border, border});
  const torch::Tensor each =
      kernels.expand({-1, 3, -1, -1}).reshape({planes, 1, kernels.size(2), kernels.size(3)});
  const std::vector<std::int64_t> one = {1, 1}, none = {0, 0};
  return at::conv2d(padded, each, {}, one, none, one, planes).view_as(pictures);
}

torch::Tensor reduced(torch::Tensor pictures, const Draw& draw, const PhotographRule& rule) {
  const std::int64_t height = pictures.size(2), width = pictures.size(3);
  for (const int factor : rule.reductions) {
    const torch::Tensor small = at::adaptive_avg_pool2d(pictures, {height / factor, width / factor});
    const torch::Tensor back = at::upsample_bilinear2d(small, {height, width}, false);
    pictures = at::where(for_pictures(draw.chance(rule.reduced_share)), back, pictures);
  }
  return pictures;
}

/// What stands out from the 3 x 3 pixels around stands out more, as cameras and picture editors have it.
torch::Tensor sharpened(const torch::Tensor& pictures, const Draw& draw) {
  const torch::Tensor around = at::avg_pool2d(at::reflection_pad2d(pictures, {1, 1, 1, 1}), {3, 3}, {1, 1});
  return pictures + (pictures - around) * for_pictures(draw.uniform(0, 2) * draw.chance(kSharpened));
}

torch::Tensor noisy(const torch::Tensor& pictures, const Draw& draw, double grain) {
  const torch::Tensor coarse =
      at::randn({draw.count(), 1, pictures.size(2), pictures.size(3)}, draw.options());
  const torch::Tensor strength = draw.uniform(0, grain) * draw.chance(kNoisy);
  return pictures + (at::randn_like(pictures) * 0.6 + coarse * 0.8) * for_pictures(strength);
}

/// 8 x 8: the cosines of a block's transform (ITU-T T.81).
torch::Tensor cosines(const Draw& draw) {
  const torch::Tensor at = at::arange(kBlock, draw.options());
  torch::Tensor out =
      ((2 * at + 1).view({1, -1}) * at.view({-1, 1}) * (std::numbers::pi / (2 * kBlock))).cos_() * 0.5;
  out.select(0, 0).mul_(std::sqrt(0.5));
  return out;
}

/// 3 x 1 x 1 x 8 x 8: about the example tables of ITU-T T.81; colour is rounded 1.5 times as coarsely.
torch::Tensor quanta(const Draw& draw) {
  const torch::Tensor at = at::arange(kBlock, draw.options());
  const torch::Tensor luma = (at.view({1, -1}) + at.view({-1, 1})) * 7 + 9;
  return at::stack({luma, luma * 1.5, luma * 1.5}).view({3, 1, 1, kBlock, kBlock});
}

/// What JPEG's rounding of 8 x 8 blocks leaves.
torch::Tensor compressed(const torch::Tensor& pictures, const Draw& draw) {
  const std::int64_t rows = pictures.size(2) / kBlock, columns = pictures.size(3) / kBlock;
  const torch::Tensor dct = cosines(draw);
  torch::Tensor blocks = mixed(pictures * 255 - 128, kLumaFromBgr);
  blocks = blocks.reshape({-1, 3, rows, kBlock, columns, kBlock}).transpose(3, 4);
  torch::Tensor numbers = at::matmul(at::matmul(dct, blocks), dct.t());
  const torch::Tensor coarseness = draw.log_uniform(0.15, 2.5).view({-1, 1, 1, 1, 1, 1});
  const torch::Tensor quantum = quanta(draw) * coarseness;
  numbers = (numbers / quantum).round_() * quantum;
  const torch::Tensor back =
      at::matmul(at::matmul(dct.t(), numbers), dct).transpose(3, 4).reshape_as(pictures);
  const torch::Tensor out = (mixed(back, kBgrFromLuma) + 128) / 255;
  return at::where(for_pictures(draw.chance(kCompressed)), out, pictures);
}

}  // namespace

torch::Tensor recoloured(const torch::Tensor& pictures, const Draw& draw, double strength) {
  const torch::Tensor gain = draw.normal(0.3 * strength).unsqueeze(1) +
                             at::randn({draw.count(), 3}, draw.options()) * (0.12 * strength);
  const torch::Tensor gamma = draw.normal(0.3 * strength).exp_();
  torch::Tensor out = (pictures.clamp(1e-4, 1).pow(for_pictures(gamma)) * gain.exp().view({-1, 3, 1, 1}));
  const torch::Tensor middle = out.mean({1, 2, 3}, true);
  out = (out - middle) * for_pictures(draw.normal(0.25 * strength).exp_()) + middle +
        for_pictures(draw.normal(0.05 * strength));
  return recoloured_chroma(out, draw, strength).clamp(0, 1);
}

torch::Tensor relit(const torch::Tensor& pictures, const Draw& draw) {
  const torch::Tensor field =
      at::randn({draw.count(), 1, 3, 3}, draw.options()) * for_pictures(draw.uniform(0, 0.5));
  return (pictures * at::upsample_bilinear2d(field, {pictures.size(2), pictures.size(3)}, true).exp_())
      .clamp(0, 1);
}

torch::Tensor photographed(const torch::Tensor& pictures, const Draw& draw, const PhotographRule& rule) {
  torch::Tensor out = recoloured(pictures, draw, rule.recoloured);
  out = reduced(blurred(out, draw, rule.blur_px), draw, rule);
  out = noisy(sharpened(out, draw), draw, rule.grain).clamp(0, 1);
  return compressed(out, draw).clamp(0, 1);
}

torch::Tensor network_input(const torch::Tensor& pictures) {
  return (pictures * 255 - 127.5) / 64;
}

}  // namespace understudy::faces
