#include "understudy/model/augment.h"

#include <ATen/CPUGeneratorImpl.h>
#include <torch/torch.h>

#include <cmath>
#include <numbers>

namespace understudy::model {
namespace {

torch::Tensor sampled(const torch::Tensor& images, const torch::Tensor& grid, bool zeros_outside = false) {
  constexpr std::int64_t kBilinear = 0, kZeros = 0, kBorder = 1;
  return at::grid_sampler(images, grid, kBilinear, zeros_outside ? kZeros : kBorder, false);
}

torch::Tensor enlarged(const torch::Tensor& fields, std::int64_t px) {
  return at::upsample_bicubic2d(fields, {px, px}, true);
}

/// Draws of one batch, made on the CPU in a fixed order and then moved to where the pictures are.
class Draws {
 public:
  Draws(at::Generator& random, std::int64_t count, torch::Device device)
      : random_(random), count_(count), device_(device) {}

  /// Uniform in -1..1, one `shape` a face.
  torch::Tensor uniform(std::vector<std::int64_t> shape) {
    shape.insert(shape.begin(), count_);
    return (at::rand(shape, random_, torch::kFloat32) * 2 - 1).to(device_);
  }
  torch::Tensor normal(std::vector<std::int64_t> shape) {
    shape.insert(shape.begin(), count_);
    return at::randn(shape, random_, torch::kFloat32).to(device_);
  }

 private:
  at::Generator& random_;
  std::int64_t count_;
  torch::Device device_;
};

/// N x 2 x 3, from the network's output picture (-1..1) to the crop (-1..1).
torch::Tensor crop_from_output(Draws& draws, const AugmentConfig& config, double coverage) {
  const torch::Tensor angle = draws.uniform({}) * (config.rotation_deg * std::numbers::pi / 180);
  const torch::Tensor scale = 1 + draws.uniform({}) * config.scale;
  const torch::Tensor shift = draws.uniform({2}) * (2 * config.shift);
  // draws.uniform < 2p - 1 with probability p.
  const torch::Tensor mirror = 1 - 2 * (draws.uniform({}) < 2 * config.flip - 1).to(torch::kFloat32);
  const torch::Tensor cosine = scale * at::cos(angle), sine = scale * at::sin(angle);
  const torch::Tensor row_x = at::stack({cosine * mirror, -sine, shift.select(1, 0)}, 1);
  const torch::Tensor row_y = at::stack({sine * mirror, cosine, shift.select(1, 1)}, 1);
  return at::stack({row_x, row_y}, 1) * coverage;
}

torch::Tensor grid_of(const torch::Tensor& crop_from_output, std::int64_t px) {
  return at::affine_grid_generator(crop_from_output, {crop_from_output.size(0), 1, px, px}, false);
}

/// The same change of light for input and target, as log gains on a coarse grid over the output and over the
/// crop.
struct Light {
  torch::Tensor flat_n311, gradient_n133, matched_n3gg;

  torch::Tensor applied(const torch::Tensor& images, const torch::Tensor& crop_from_output) const {
    const std::int64_t px = images.size(2);
    torch::Tensor log_gain = enlarged(gradient_n133, px) + flat_n311;
    if (matched_n3gg.defined()) log_gain = log_gain + sampled(matched_n3gg, grid_of(crop_from_output, px));
    return (images * log_gain.exp()).clamp_(0, 1);
  }
};

Light drawn_light(Draws& draws, const AugmentConfig& config, const MatchFields& match) {
  Light light;
  light.flat_n311 = draws.uniform({3, 1, 1}) * config.channel_gain + draws.uniform({1, 1, 1}) * config.gain;
  light.gradient_n133 = draws.uniform({1, 3, 3}) * config.light_gradient;
  // Most faces get most of the other side's light, some keep their own: 0..1 with a seventh of the draws at
  // each end.
  const torch::Tensor part = (draws.uniform({1, 1, 1}) * 0.65 + 0.5).clamp_(0, 1) * config.relight;
  if (match.light_n3gg.defined()) light.matched_n3gg = match.light_n3gg * part;
  return light;
}

}  // namespace

StoreSizes store_sizes(const NetworkConfig& config) {
  const auto side = [&](std::int64_t px, double margin) {
    return static_cast<std::int64_t>(std::ceil(static_cast<double>(px) * margin / config.coverage));
  };
  return {side(config.output_px, 1.5), side(config.input_px, 1.25)};
}

TrainingBatch augment(const FaceBatch& faces, const MatchFields& match, const NetworkConfig& network,
                      const AugmentConfig& config, double warp_strength, at::Generator& random) {
  Draws draws(random, faces.pose.size(0), faces.targets_nchw.device());
  const torch::Tensor affine = crop_from_output(draws, config, network.coverage);
  const torch::Tensor warp = draws.normal({2, 5, 5}) * (2 * config.warp * network.coverage * warp_strength);
  const torch::Tensor bend = (draws.uniform({1, 1, 1}) * 0.5 + 0.5) * config.shape_warp;
  const Light light = drawn_light(draws, config, match);

  torch::Tensor input_grid = grid_of(affine, network.input_px);
  if (config.warp > 0 && warp_strength > 0)
    input_grid = input_grid + enlarged(warp, network.input_px).permute({0, 2, 3, 1});
  if (match.shape_n2gg.defined()) {
    constexpr std::int64_t kBilinear = 0, kBorder = 1;
    const torch::Tensor offsets =
        at::grid_sampler(match.shape_n2gg, input_grid / network.coverage, kBilinear, kBorder, true) * bend;
    input_grid = input_grid + offsets.permute({0, 2, 3, 1}) * (2 * network.coverage);
  }
  const torch::Tensor output_grid = grid_of(affine, network.output_px);
  const auto unit = [](const torch::Tensor& bytes) { return bytes.to(torch::kFloat32) / 255; };
  TrainingBatch batch;
  batch.inputs_nchw = light.applied(sampled(unit(faces.inputs_nchw), input_grid), affine);
  batch.targets_nchw = light.applied(sampled(unit(faces.targets_nchw), output_grid), affine);
  batch.masks_nchw = sampled(unit(faces.masks_nchw), output_grid, true);
  return batch;
}

at::Generator seeded_generator(std::uint64_t seed) {
  return at::detail::createCPUGenerator(seed);
}

torch::Tensor resized(const torch::Tensor& images_nchw, std::int64_t px) {
  if (images_nchw.size(2) == px && images_nchw.size(3) == px) return images_nchw;
  return at::_upsample_bilinear2d_aa(images_nchw, {px, px}, false);
}

torch::Tensor network_input(const torch::Tensor& crops_nchw, const NetworkConfig& config) {
  return window_of(resized(crops_nchw, store_sizes(config).input_px), config.coverage, config.input_px);
}

torch::Tensor window_of(const torch::Tensor& images_nchw, double coverage, std::int64_t px) {
  const torch::Tensor whole =
      at::eye(2, 3, images_nchw.options()).unsqueeze(0).expand({images_nchw.size(0), 2, 3});
  return sampled(images_nchw, grid_of(whole * coverage, px));
}

}  // namespace understudy::model
