#include "understudy/model/augment.h"

#include <ATen/CPUGeneratorImpl.h>
#include <torch/types.h>

#include <cmath>
#include <numbers>

#include "understudy/core/error.h"
#include "understudy/core/text.h"

namespace understudy::model {
namespace {

constexpr std::int64_t kBilinear = 0, kBorder = 1;

torch::Tensor enlarged(const torch::Tensor& fields, std::int64_t px) {
  return at::upsample_bicubic2d(fields, {px, px}, true);
}

/// Draws of one batch, made on the CPU in a fixed order and then moved to where the pictures are. They are
/// made for the whole batch of which these faces are a share.
class Draws {
 public:
  Draws(at::Generator& random, std::int64_t count, const BatchShare& share, torch::Device device)
      : random_(random),
        first_(share.first),
        count_(count),
        total_(share.total > 0 ? share.total : count),
        device_(device) {
    if (first_ < 0 || first_ + count_ > total_)
      throw Error(ErrorCode::kBug,
                  text("faces ", first_, " to ", first_ + count_, " of a batch of ", total_, " faces"));
  }

  /// Uniform in -1..1, one `shape` a face.
  torch::Tensor uniform(const std::vector<std::int64_t>& shape) {
    return own(at::rand(of_all(shape), random_, torch::kFloat32) * 2 - 1);
  }
  torch::Tensor normal(const std::vector<std::int64_t>& shape) {
    return own(at::randn(of_all(shape), random_, torch::kFloat32));
  }
  /// One for all faces.
  torch::Tensor common_normal(const std::vector<std::int64_t>& shape) {
    return at::randn(shape, random_, torch::kFloat32).to(device_);
  }

 private:
  std::vector<std::int64_t> of_all(std::vector<std::int64_t> shape) const {
    shape.insert(shape.begin(), total_);
    return shape;
  }
  torch::Tensor own(const torch::Tensor& all) const { return all.narrow(0, first_, count_).to(device_); }

  at::Generator& random_;
  std::int64_t first_, count_, total_;
  torch::Device device_;
};

/// Per face 0 or 1, with that probability of 1.
torch::Tensor drawn_choice(Draws& draws, double probability, const std::vector<std::int64_t>& shape) {
  return (draws.uniform(shape) < 2 * probability - 1).to(torch::kFloat32);
}

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
  const torch::Tensor x = 1 - 2 * drawn_choice(draws, probability, {});
  const torch::Tensor zero = at::zeros_like(x), one = at::ones_like(x);
  return at::stack({at::stack({x, zero, zero}, 1), at::stack({zero, one, zero}, 1)}, 1);
}

/// `outer` after `inner`.
torch::Tensor composed(const torch::Tensor& outer, const torch::Tensor& inner) {
  const torch::Tensor turn = outer.narrow(2, 0, 2), offset = outer.narrow(2, 2, 1);
  return at::cat({at::matmul(turn, inner.narrow(2, 0, 2)), at::matmul(turn, inner.narrow(2, 2, 1)) + offset},
                 2);
}

/// Points in 0..1 of the crop, as 0..1 of the target.
torch::Tensor in_target(const torch::Tensor& points_nk2, const torch::Tensor& crop_from_target) {
  const torch::Tensor turn = crop_from_target.narrow(2, 0, 2), offset = crop_from_target.narrow(2, 2, 1);
  const auto entry = [&](std::int64_t row, std::int64_t column) {
    return turn.select(1, row).select(1, column);
  };
  const torch::Tensor adjugate =
      at::stack({at::stack({entry(1, 1), -entry(0, 1)}, 1), at::stack({-entry(1, 0), entry(0, 0)}, 1)}, 1);
  const torch::Tensor determinant = (entry(0, 0) * entry(1, 1) - entry(0, 1) * entry(1, 0)).view({-1, 1, 1});
  const torch::Tensor places = (points_nk2 * 2 - 1).transpose(1, 2) - offset;
  return (at::matmul(adjugate, places) / determinant).transpose(1, 2) * 0.5 + 0.5;
}

/// The same change of light and colour for input and target; light as log gains over the window.
struct Light {
  torch::Tensor flat_n311, gradient_n133, matched_n3gg;
  torch::Tensor colour_n33;  ///< undefined: as it is

  torch::Tensor applied(const torch::Tensor& images, const torch::Tensor& window_from_picture) const {
    const std::int64_t px = images.size(2);
    torch::Tensor log_gain = enlarged(gradient_n133, px) + flat_n311;
    if (matched_n3gg.defined()) log_gain = log_gain + sampled(matched_n3gg, window_from_picture, px);
    torch::Tensor lit = images * log_gain.exp();
    if (colour_n33.defined()) lit = at::matmul(colour_n33, lit.flatten(2)).view_as(lit);
    return lit.clamp_(0, 1);
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

/// N x 3 x 3 for B, G, R: colours moved towards or away from grey, and turned around the grey axis.
torch::Tensor drawn_colour(Draws& draws, const AugmentConfig& config) {
  if (config.saturation <= 0 && config.hue_deg <= 0) return {};
  const torch::Tensor saturation = 1 + draws.uniform({1, 1}) * config.saturation;
  const torch::Tensor angle = draws.uniform({1, 1}) * (config.hue_deg * std::numbers::pi / 180);
  const auto options = angle.options();
  const torch::Tensor one = at::eye(3, options);
  const torch::Tensor luma = torch::tensor({0.0722, 0.7152, 0.2126}, options).expand({3, 3});  // Rec. 709
  const torch::Tensor third = at::full({3, 3}, 1.0 / 3, options);
  const torch::Tensor across =
      torch::tensor({0., -1., 1., 1., 0., -1., -1., 1., 0.}, options).view({3, 3}) / std::numbers::sqrt3;
  const torch::Tensor cosine = at::cos(angle);
  const torch::Tensor turned = one * cosine + third * (1 - cosine) + across * at::sin(angle);
  return at::matmul(one * saturation + luma * (1 - saturation), turned);
}

/// Blurs each face by its own sigma in pixels (N x 1 x 1), as products with a matrix a face; 0 leaves it as
/// it is. What lies outside the picture does not count.
torch::Tensor blurred_each(const torch::Tensor& images, const torch::Tensor& sigma_n11) {
  const std::int64_t count = images.size(0), px = images.size(3);
  const torch::Tensor places = at::arange(px, images.options());
  const torch::Tensor distance = places.view({px, 1}) - places;
  const torch::Tensor kernel = at::exp(distance.square() / (-2 * sigma_n11.square().clamp_min(1e-4)));
  const torch::Tensor matrix = kernel / kernel.sum(1, true);
  const auto along_rows = [&](const torch::Tensor& x) {
    return at::bmm(x.reshape({count, 3 * px, px}), matrix).view({count, 3, px, px}).transpose(2, 3);
  };
  return along_rows(along_rows(images));
}

/// What a lens, a codec and a sensor do to the input. The noise is one picture for the whole batch, since
/// each face shows it in a strength of its own and every step has another.
torch::Tensor degraded(const torch::Tensor& images, Draws& draws, const AugmentConfig& config) {
  torch::Tensor out = images;
  if (config.blur > 0) {
    const auto px = static_cast<double>(images.size(3));
    const torch::Tensor sigma = (draws.uniform({1, 1}) * 0.5 + 0.5) * (config.blur_sigma * px);
    out = blurred_each(out, sigma * drawn_choice(draws, config.blur, {1, 1}));
  }
  if (config.noise > 0) {
    const torch::Tensor strength = (draws.uniform({1, 1, 1}) * 0.5 + 0.5) * config.noise;
    out = out + draws.common_normal({3, images.size(2), images.size(3)}) * strength;
  }
  return out.is_same(images) ? out : out.clamp(0, 1).contiguous();
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
                      at::Generator& random, const BatchShare& share) {
  const std::int64_t count = faces.pose.size(0);
  Draws draws(random, count, share, faces.targets_nchw.device());
  const torch::Tensor flip = drawn_flip(draws, config.flip);
  const torch::Tensor shared =
      composed(drawn_affine(draws, config.rotation_deg, config.scale, config.shift), flip);
  const torch::Tensor input_only = drawn_affine(draws, config.input_rotation_deg * strength,
                                                config.input_scale * strength, config.input_shift * strength);
  const torch::Tensor warp = draws.normal({2, 5, 5}) * (2 * config.warp * strength);
  const torch::Tensor bend =
      config.bend_min + (draws.uniform({1, 1, 1}) * 0.5 + 0.5) * (config.bend_max - config.bend_min);
  Light light = drawn_light(draws, config, match);
  const torch::Tensor mixing = (draws.uniform({1, 1, 1}) * 0.5 + 0.5) * config.mix;
  light.colour_n33 = drawn_colour(draws, config);

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
  if (match.mates_n3pp.defined()) {
    const torch::Tensor mates = at::grid_sampler(match.mates_n3pp, unbent_places, kBilinear, kBorder, false);
    inputs = mixed(inputs, mates, mixing);
  }
  batch.inputs_nchw = degraded(light.applied(inputs, shared), draws, config);
  batch.targets_nchw = light.applied(target_places(faces.targets_nchw, false), shared);
  batch.masks_nchw = target_places(faces.masks_nchw, true).clamp_(0, 1);
  if (match.code_offset.defined()) {
    const torch::Tensor part = (draws.uniform({}) * 0.5 + 0.5) * config.code_shift;
    batch.code_offset = (match.code_offset.flatten(1) * part.view({count, 1})).view_as(match.code_offset);
  }
  if (faces.landmarks.defined()) batch.landmarks_n682 = in_target(faces.landmarks, crop_from_target);
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
