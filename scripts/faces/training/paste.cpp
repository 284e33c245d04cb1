#include "paste.h"

namespace understudy::faces {
namespace {

constexpr std::int64_t kBilinear = 0, kNearest = 1;       // interpolation modes of grid_sampler
constexpr std::int64_t kClearOutside = 0, kMirrored = 2;  // its padding modes

/// count x 1 x 1
torch::Tensor each(const torch::Tensor& numbers) {
  return numbers.view({-1, 1, 1});
}

torch::Tensor sampled(const torch::Tensor& pictures_u8, const torch::Tensor& grid, std::int64_t interpolation,
                      std::int64_t padding) {
  return at::grid_sampler(pictures_u8.to(at::kFloat), grid, interpolation, padding, false);
}

/// From pixels of a picture of `length` to grid_sampler's -1 to 1.
torch::Tensor unit(const torch::Tensor& pixels, std::int64_t length) {
  return (pixels + 0.5) * (2.0 / static_cast<double>(length)) - 1;
}

}  // namespace

torch::Tensor in_picture(const View& view, const torch::Tensor& sprite_points) {
  const torch::Tensor x = sprite_points.select(2, 0) - view.sprite_x.unsqueeze(1);
  const torch::Tensor y = sprite_points.select(2, 1) - view.sprite_y.unsqueeze(1);
  const torch::Tensor c = (view.cosine / view.scale).unsqueeze(1), s = (view.sine / view.scale).unsqueeze(1);
  return at::stack({c * x + s * y + view.picture_x.unsqueeze(1), c * y - s * x + view.picture_y.unsqueeze(1)},
                   2);
}

torch::Tensor sampling_grid(const View& view, std::int64_t side, std::int64_t height, std::int64_t width) {
  const auto options = view.scale.options();
  const torch::Tensor x = at::arange(width, options).view({1, 1, -1}) - each(view.picture_x);
  const torch::Tensor y = at::arange(height, options).view({1, -1, 1}) - each(view.picture_y);
  const torch::Tensor c = each(view.cosine * view.scale), s = each(view.sine * view.scale);
  return at::stack(
      {unit(c * x - s * y + each(view.sprite_x), side), unit(s * x + c * y + each(view.sprite_y), side)}, 3);
}

torch::Tensor sprite_pictures(const Pack& pack, int level, const torch::Tensor& sprites) {
  const torch::Tensor chosen = pack.levels[static_cast<std::size_t>(level)].index_select(0, sprites);
  return chosen.to(at::kFloat).mul_(1 / 255.0);
}

torch::Tensor sprite_views(const torch::Tensor& pictures, const torch::Tensor& grid) {
  return sampled(pictures, grid, kBilinear, kClearOutside);
}

torch::Tensor class_views(const Pack& pack, const torch::Tensor& sprites, const torch::Tensor& grid,
                          const torch::Tensor& opacity) {
  const torch::Tensor chosen = sampled(pack.classes.index_select(0, sprites), grid, kNearest, kClearOutside);
  return chosen * (opacity > 0.5);
}

torch::Tensor background_views(const Pack& pack, const Draw& draw, std::int64_t height, std::int64_t width) {
  const torch::Tensor chosen = pack.backgrounds.index_select(0, draw.index(pack.backgrounds.size(0)));
  const auto whole_height = static_cast<double>(chosen.size(2)),
             whole_width = static_cast<double>(chosen.size(3));
  const torch::Tensor scale = draw.log_uniform(0.4, 1.33);
  const torch::Tensor mirror = at::where(draw.chance(0.5), -scale, scale);
  const torch::Tensor x = at::arange(width, draw.options()).view({1, 1, -1}) - static_cast<double>(width) / 2;
  const torch::Tensor y =
      at::arange(height, draw.options()).view({1, -1, 1}) - static_cast<double>(height) / 2;
  const torch::Tensor grid_x =
      unit(each(mirror) * x + each(draw.uniform(0.2, 0.8) * whole_width), chosen.size(3));
  const torch::Tensor grid_y =
      unit(each(scale) * y + each(draw.uniform(0.2, 0.8) * whole_height), chosen.size(2));
  const torch::Tensor grid = at::stack({grid_x.expand({-1, height, -1}), grid_y.expand({-1, -1, width})}, 3);
  return sampled(chosen, grid, kBilinear, kMirrored).mul_(1 / 255.0);
}

torch::Tensor five_points(const torch::Tensor& landmarks) {
  return at::stack({landmarks.narrow(1, 36, 6).mean(1), landmarks.narrow(1, 42, 6).mean(1),
                    landmarks.select(1, 30), landmarks.select(1, 48), landmarks.select(1, 54)},
                   1);
}

torch::Tensor over(const torch::Tensor& under, const torch::Tensor& colour, const torch::Tensor& opacity) {
  return under + (colour - under) * opacity;
}

}  // namespace understudy::faces
