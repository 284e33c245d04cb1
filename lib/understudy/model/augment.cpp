#include "understudy/model/augment.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/Context.h>
#include <torch/types.h>

#include <cmath>
#include <numbers>

#include "understudy/core/error.h"
#include "understudy/core/text.h"
#include "understudy/model/device.h"

namespace understudy::model {
namespace {

constexpr std::int64_t kBilinear = 0, kBorder = 1;

torch::Tensor enlarged(const torch::Tensor& fields, std::int64_t px) {
  return at::upsample_bicubic2d(fields, {px, px}, true);
}

/// Draws of one batch, made on the CPU in a fixed order. They are made for the whole batch of which these
/// faces are a share.
class Draws {
 public:
  Draws(at::Generator& random, std::int64_t count, const BatchShare& share)
      : random_(random), first_(share.first), count_(count), total_(share.total > 0 ? share.total : count) {
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
  /// One for all faces, on that device. What is large is drawn where it is needed: other devices have
  /// generators of their own, and so other numbers.
  torch::Tensor common_normal(const std::vector<std::int64_t>& shape, torch::Device device) {
    if (device.is_cpu()) return at::randn(shape, random_, torch::kFloat32);
    at::Generator on_device = at::globalContext().defaultGenerator(device).clone();
    on_device.set_current_seed(at::check_generator<at::CPUGeneratorImpl>(random_)->random64());
    return at::randn(shape, on_device, at::TensorOptions(torch::kFloat32).device(device));
  }

 private:
  std::vector<std::int64_t> of_all(std::vector<std::int64_t> shape) const {
    shape.insert(shape.begin(), total_);
    return shape;
  }
  torch::Tensor own(const torch::Tensor& all) const { return all.narrow(0, first_, count_); }

  at::Generator& random_;
  std::int64_t first_, count_, total_;
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

/// All that is drawn for a batch: small tensors, but for the noise.
struct Disturbance {
  torch::Tensor window_from_target, window_from_input;  ///< N x 2 x 3
  torch::Tensor crop_from_target;                       ///< N x 2 x 3
  torch::Tensor window_centre;                          ///< 2
  torch::Tensor warp_n255, bend_n111;
  Light light;  ///< without what is matched
  torch::Tensor relight_n111, mixing_n111;
  torch::Tensor blur_sigma_n11, noise_strength_n111;  ///< undefined: none
  /// One picture for the whole batch, since each face shows it in a strength of its own and every step has
  /// another; on the faces' device.
  torch::Tensor noise_3pp;

  /// Takes all of it to a device in one transfer.
  void move_to(torch::Device device) {
    if (device.is_cpu()) return;
    std::vector<torch::Tensor*> parts;
    for (torch::Tensor* part :
         {&window_from_target, &window_from_input, &crop_from_target, &window_centre, &warp_n255, &bend_n111,
          &light.flat_n311, &light.gradient_n133, &light.colour_n33, &relight_n111, &mixing_n111,
          &blur_sigma_n11, &noise_strength_n111})
      if (part->defined()) parts.push_back(part);
    std::vector<torch::Tensor> flat;
    for (const torch::Tensor* part : parts) flat.push_back(part->reshape(-1));
    const torch::Tensor there = uploaded(at::cat(flat), device);
    std::int64_t next = 0;
    for (torch::Tensor* part : parts) {
      const std::int64_t count = part->numel();
      *part = there.narrow(0, next, count).view(part->sizes());
      next += count;
    }
  }
};

/// In a fixed order: a draw's place decides its value.
Disturbance drawn_disturbance(Draws& draws, const Window& window, std::int64_t count,
                              const NetworkConfig& network, const AugmentConfig& config, double strength,
                              torch::Device device) {
  Disturbance d;
  const torch::Tensor flip = drawn_flip(draws, config.flip);
  d.window_from_target = composed(drawn_affine(draws, config.rotation_deg, config.scale, config.shift), flip);
  const torch::Tensor input_only = drawn_affine(draws, config.input_rotation_deg * strength,
                                                config.input_scale * strength, config.input_shift * strength);
  d.window_from_input = composed(d.window_from_target, input_only);
  d.crop_from_target =
      composed(crop_from_window(window, count, d.window_from_target.options()), d.window_from_target);
  d.window_centre = torch::tensor({0.0, 2 * window.down}, torch::kFloat32);
  d.warp_n255 = draws.normal({2, 5, 5}) * (2 * config.warp * strength);
  d.bend_n111 =
      config.bend_min + (draws.uniform({1, 1, 1}) * 0.5 + 0.5) * (config.bend_max - config.bend_min);
  d.light.flat_n311 = draws.uniform({3, 1, 1}) * config.channel_gain + draws.uniform({1, 1, 1}) * config.gain;
  d.light.gradient_n133 = draws.uniform({1, 3, 3}) * config.light_gradient;
  // Most faces get a part of the other side's light; a ninth of the draws none of it, a ninth all.
  d.relight_n111 = (draws.uniform({1, 1, 1}) * 0.65 + 0.5).clamp_(0, 1) * config.relight;
  d.mixing_n111 = (draws.uniform({1, 1, 1}) * 0.5 + 0.5) * config.mix;
  d.light.colour_n33 = drawn_colour(draws, config);
  const auto px = static_cast<double>(network.input_px);
  if (config.blur > 0) {
    const torch::Tensor sigma = (draws.uniform({1, 1}) * 0.5 + 0.5) * (config.blur_sigma * px);
    d.blur_sigma_n11 = sigma * drawn_choice(draws, config.blur, {1, 1});
  }
  if (config.noise > 0) {
    d.noise_strength_n111 = (draws.uniform({1, 1, 1}) * 0.5 + 0.5) * config.noise;
    d.noise_3pp = draws.common_normal({3, network.input_px, network.input_px}, device);
  }
  return d;
}

/// What a lens, a codec and a sensor do to the input.
torch::Tensor degraded(const torch::Tensor& images, const Disturbance& d) {
  torch::Tensor out = images;
  if (d.blur_sigma_n11.defined()) out = blurred_each(out, d.blur_sigma_n11);
  if (d.noise_3pp.defined()) out = out + d.noise_3pp * d.noise_strength_n111;
  return out.is_same(images) ? out : out.clamp(0, 1).contiguous();
}

/// Where each input pixel looks, in the window; `unbent` leaves out what comes from the other's shape.
struct InputPlaces {
  torch::Tensor bent, unbent;
};

InputPlaces input_places(const Disturbance& d, const MatchFields& match, std::int64_t px, bool warps) {
  torch::Tensor places =
      at::affine_grid_generator(d.window_from_input, {d.window_from_input.size(0), 1, px, px}, false);
  if (warps) places = places + enlarged(d.warp_n255, px).permute({0, 2, 3, 1});
  if (!match.shape_n2gg.defined()) return {places, places};
  const torch::Tensor offsets =
      at::grid_sampler(match.shape_n2gg, places, kBilinear, kBorder, true) * d.bend_n111;
  return {places + offsets.permute({0, 2, 3, 1}) * 2, places};
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
  const torch::Device device = faces.targets_nchw.device();
  Draws draws(random, count, share);
  Disturbance d = drawn_disturbance(draws, window, count, network, config, strength, device);
  d.move_to(device);
  Light light = d.light;
  if (match.light_n3gg.defined()) light.matched_n3gg = match.light_n3gg * d.relight_n111;
  const InputPlaces places = input_places(d, match, network.input_px, config.warp > 0 && strength > 0);
  const torch::Tensor crop_places = places.bent * window.side + d.window_centre;
  const auto target_places = [&](const torch::Tensor& bytes, bool zeros_outside) {
    return sampled(bytes.to(torch::kFloat32), d.crop_from_target, network.output_px, zeros_outside) / 255;
  };
  TrainingBatch batch;
  torch::Tensor inputs =
      at::grid_sampler(faces.inputs_nchw.to(torch::kFloat32), crop_places, kBilinear, kBorder, false) / 255;
  if (match.mates_n3pp.defined()) {
    const torch::Tensor mates = at::grid_sampler(match.mates_n3pp, places.unbent, kBilinear, kBorder, false);
    inputs = mixed(inputs, mates, d.mixing_n111);
  }
  batch.inputs_nchw = degraded(light.applied(inputs, d.window_from_target), d);
  batch.targets_nchw = light.applied(target_places(faces.targets_nchw, false), d.window_from_target);
  batch.masks_nchw = target_places(faces.masks_nchw, true).clamp_(0, 1);
  if (match.code_offset.defined()) batch.code_offset = match.code_offset * config.code_shift;
  if (faces.landmarks.defined()) batch.landmarks_n682 = in_target(faces.landmarks, d.crop_from_target);
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
