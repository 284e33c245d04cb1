#include "understudy/model/window.h"

#include <torch/types.h>

#include <cmath>

#include "understudy/core/error.h"
#include "understudy/core/text.h"
#include "understudy/model/device.h"

namespace understudy::model {
namespace {

constexpr std::int64_t kBilinear = 0, kBicubic = 2, kZeros = 0, kBorder = 1;

torch::Tensor grid_of(const torch::Tensor& crop_from_picture, std::int64_t px) {
  return at::affine_grid_generator(crop_from_picture, {crop_from_picture.size(0), 1, px, px}, false);
}

}  // namespace

Window window_in(std::string_view crop_family) {
  if (crop_family == "face") return {1, 0};
  if (crop_family == "whole") return {0.75, 0.033};  // what `face` shows, with slack
  if (crop_family == "head") return {0.85, 0};
  throw Error(ErrorCode::kFormat, text("crops of the unknown family '", crop_family, "'"),
              "align with --crop whole, face or head");
}

torch::Tensor crop_from_window(const Window& window, std::int64_t count,
                               const torch::TensorOptions& options) {
  const torch::Tensor map = uploaded(
      torch::tensor({window.side, 0.0, 0.0, 0.0, window.side, 2 * window.down}, options.device(at::kCPU)),
      options.device());
  return map.view({1, 2, 3}).expand({count, 2, 3});
}

torch::Tensor window_points(const torch::Tensor& crop_points, const Window& window) {
  const torch::Tensor centre = uploaded(
      torch::tensor({0.5, 0.5 + window.down}, crop_points.options().device(at::kCPU)), crop_points.device());
  return (crop_points - centre) / window.side + 0.5;
}

torch::Tensor sampled(const torch::Tensor& images_nchw, const torch::Tensor& crop_from_picture,
                      std::int64_t px, bool zeros_outside) {
  return at::grid_sampler(images_nchw, grid_of(crop_from_picture, px), kBilinear,
                          zeros_outside ? kZeros : kBorder, false);
}

torch::Tensor cut(const torch::Tensor& crops_nchw, const Window& window, std::int64_t px) {
  return sampled(crops_nchw, crop_from_window(window, crops_nchw.size(0), crops_nchw.options()), px);
}

torch::Tensor pasted(const torch::Tensor& pictures_nchw, const Window& window, std::int64_t side,
                     bool zeros_outside) {
  const auto window_px = std::max<std::int64_t>(1, std::lround(static_cast<double>(side) * window.side));
  const torch::Tensor pictures =
      window_px < pictures_nchw.size(2) ? resized(pictures_nchw, window_px) : pictures_nchw;
  const torch::Tensor window_from_crop = torch::tensor(
      {1 / window.side, 0.0, 0.0, 0.0, 1 / window.side, -2 * window.down / window.side}, pictures.options());
  const torch::Tensor grid = grid_of(window_from_crop.view({1, 2, 3}).expand({pictures.size(0), 2, 3}), side);
  return at::grid_sampler(pictures, grid, kBicubic, zeros_outside ? kZeros : kBorder, false).clamp_(0, 1);
}

torch::Tensor resized(const torch::Tensor& images_nchw, std::int64_t px) {
  if (images_nchw.size(2) == px && images_nchw.size(3) == px) return images_nchw;
  return at::_upsample_bilinear2d_aa(images_nchw, {px, px}, false);
}

}  // namespace understudy::model
