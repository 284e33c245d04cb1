#include "understudy/model/augment.h"

#include <ATen/CPUGeneratorImpl.h>
#include <torch/torch.h>

#include <cmath>
#include <numbers>

namespace understudy::model {
namespace {

constexpr std::int64_t kBilinear = 0, kBorder = 1;

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

/// N x 2 x 3 maps of a picture (-1..1) to itself.
torch::Tensor drawn_affine(Draws& draws, double rotation_deg, double scale, double shift) {
  const torch::Tensor angle = draws.uniform({}) * (rotation_deg * std::numbers::pi / 180);
  const torch::Tensor size = 1 + draws.uniform({}) * scale;
  const torch::Tensor offset = draws.uniform({2}) * (2 * shift);
  const torch::Tensor cosine = size * at::cos(angle), sine = size * at::sin(angle);
  return at::stack(
      {at::stack({cosine, -sine, offset.select(1, 0)}, 1), at::stack({sine, cosine, offset.select(1, 1)}, 1)},
      1);
}

/// Mirrors x with that probability.
torch::Tensor drawn_flip(Draws& draws, double probability) {
  const torch::Tensor x = 1 - 2 * (draws.uniform({}) < 2 * probability - 1).to(torch::kFloat32);
  const torch::Tensor zero = at::zeros_like(x), one = at::ones_like(x);
  return at::stack({at::stack({x, zero, zero}, 1), at::stack({zero, one, zero}, 1)}, 1);
}

/// `outer` after `inner`.
torch::Tensor composed(const torch::Tensor& outer, const torch::Tensor& inner) {
  const torch::Tensor turn = outer.narrow(2, 0, 2), offset = outer.narrow(2, 2, 1);
  return at::cat({at::matmul(turn, inner.narrow(2, 0, 2)), at::matmul(turn, inner.narrow(2, 2, 1)) + offset},
                 2);
}

/// The same change of light for input and target, as log gains over the window.
struct Light {
  torch::Tensor flat_n311, gradient_n133, matched_n3gg;

  torch::Tensor applied(const torch::Tensor& images, const torch::Tensor& window_from_picture) const {
    const std::int64_t px = images.size(2);
    torch::Tensor log_gain = enlarged(gradient_n133, px) + flat_n311;
    if (matched_n3gg.defined()) log_gain = log_gain + sampled(matched_n3gg, window_from_picture, px);
    return (images * log_gain.exp()).clamp_(0, 1);
  }
};

Light drawn_light(Draws& draws, const AugmentConfig& config, const MatchFields& match) {
  Light light;
  light.flat_n311 = draws.uniform({3, 1, 1}) * config.channel_gain + draws.uniform({1, 1, 1}) * config.gain;
  light.gradient_n133 = draws.uniform({1, 3, 3}) * config.light_gradient;
  // Most faces get a part of the other side's light; a ninth of the draws none of it, a ninth all.
  const torch::Tensor part = (draws.uniform({1, 1, 1}) * 0.65 + 0.5).clamp_(0, 1) * config.relight;
  if (match.light_n3gg.defined()) light.matched_n3gg = match.light_n3gg * part;
  return light;
}

/// A part of each mate laid over its face, in the face's light: it is the features that are to be mixed.
torch::Tensor mixed(const torch::Tensor& faces, const torch::Tensor& mates, const torch::Tensor& share) {
  constexpr std::int64_t kLightGrid = 8;
  constexpr double kDarkest = 0.05;
  const auto light = [&](const torch::Tensor& pictures) {
    return at::upsample_bilinear2d(at::adaptive_avg_pool2d(pictures, {kLightGrid, kLightGrid}),
                                   {faces.size(2), faces.size(3)}, false) +
           kDarkest;
  };
  const torch::Tensor lit = (mates * light(faces) / light(mates)).clamp_(0, 1);
  return faces + (lit - faces) * share;
}

}  // namespace

StoreSizes store_sizes(const NetworkConfig& config, const Window& window) {
  const auto side = [&](std::int64_t px, double margin) {
    return static_cast<std::int64_t>(std::ceil(static_cast<double>(px) * margin / window.side));
  };
  return {side(config.output_px, 1.5), side(config.input_px, 1.25)};
}

TrainingBatch augment(const FaceBatch& faces, const Window& window, const MatchFields& match,
                      const NetworkConfig& network, const AugmentConfig& config, double strength,
                      at::Generator& random) {
  const std::int64_t count = faces.pose.size(0);
  Draws draws(random, count, faces.targets_nchw.device());
  const torch::Tensor shared = composed(drawn_affine(draws, config.rotation_deg, config.scale, config.shift),
                                        drawn_flip(draws, config.flip));
  const torch::Tensor input_only = drawn_affine(draws, config.input_rotation_deg * strength,
                                                config.input_scale * strength, config.input_shift * strength);
  const torch::Tensor warp = draws.normal({2, 5, 5}) * (2 * config.warp * strength);
  const torch::Tensor bend =
      config.bend_min + (draws.uniform({1, 1, 1}) * 0.5 + 0.5) * (config.bend_max - config.bend_min);
  const Light light = drawn_light(draws, config, match);
  const torch::Tensor share = (draws.uniform({1, 1, 1}) * 0.5 + 0.5) * config.mix;

  // Where each input pixel looks, in the window.
  torch::Tensor places = at::affine_grid_generator(composed(shared, input_only),
                                                   {count, 1, network.input_px, network.input_px}, false);
  if (config.warp > 0 && strength > 0)
    places = places + enlarged(warp, network.input_px).permute({0, 2, 3, 1});
  const torch::Tensor unbent_places = places;
  if (match.shape_n2gg.defined()) {
    const torch::Tensor offsets = at::grid_sampler(match.shape_n2gg, places, kBilinear, kBorder, true) * bend;
    places = places + offsets.permute({0, 2, 3, 1}) * 2;
  }
  const torch::Tensor centre = torch::tensor({0.0, 2 * window.down}, places.options());
  const torch::Tensor crop_places = places * window.side + centre;
  const torch::Tensor crop_from_target = composed(crop_from_window(window, count, places.options()), shared);

  const auto target_places = [&](const torch::Tensor& bytes, bool zeros_outside) {
    return sampled(bytes.to(torch::kFloat32), crop_from_target, network.output_px, zeros_outside) / 255;
  };
  TrainingBatch batch;
  torch::Tensor inputs =
      at::grid_sampler(faces.inputs_nchw.to(torch::kFloat32), crop_places, kBilinear, kBorder, false) / 255;
  if (match.mates_n3pp.defined())
    inputs =
        mixed(inputs, at::grid_sampler(match.mates_n3pp, unbent_places, kBilinear, kBorder, false), share);
  batch.inputs_nchw = light.applied(inputs, shared);
  batch.targets_nchw = light.applied(target_places(faces.targets_nchw, false), shared);
  batch.masks_nchw = target_places(faces.masks_nchw, true).clamp_(0, 1);
  return batch;
}

at::Generator seeded_generator(std::uint64_t seed) {
  return at::detail::createCPUGenerator(seed);
}

torch::Tensor network_input(const torch::Tensor& crops_nchw, const Window& window,
                            const NetworkConfig& config) {
  return cut(resized(crops_nchw, store_sizes(config, window).input_px), window, config.input_px);
}

}  // namespace understudy::model
