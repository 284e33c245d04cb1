#include "understudy/model/picture_match.h"

#include <torch/types.h>

#include "understudy/model/losses.h"
#include "understudy/model/window.h"

namespace understudy::model {
namespace {

constexpr double kLight = 0.06;     // sigma, in sides: what is wider is light
constexpr double kContrast = 0.12;  // sigma, in sides: over what details are measured against each other
constexpr double kFlat = 1e-3;      // variance: fainter details are not lifted
constexpr double kMostTurn = 0.2, kMostShift = 0.3;
constexpr int kStepsEach = 6;

/// Lines of brows, eyes and mouth, alike under any light: one channel without what is wider than kLight and
/// finer than `sigma` sides, divided by how much there is of it around. Blurs are told apart from the
/// darkness beyond the edge.
torch::Tensor details(const torch::Tensor& images_nchw, double sigma) {
  const double px = static_cast<double>(images_nchw.size(2));
  const torch::Tensor ones = torch::ones_like(images_nchw.narrow(0, 0, 1).narrow(1, 0, 1));
  const auto blurred = [&](const torch::Tensor& picture, double sides) {
    return gaussian_blurred(picture, sides * px) / gaussian_blurred(ones, sides * px);
  };
  const torch::Tensor grey = images_nchw.mean(1, true);
  const torch::Tensor fine = blurred(grey, sigma) - blurred(grey, kLight);
  return fine / (blurred(fine.square(), kContrast) + kFlat).sqrt();
}

/// The maps of N x 4 numbers {p, q, x, y}: [[1 + p, -q, x], [q, 1 + p, y]].
torch::Tensor maps(const torch::Tensor& numbers) {
  const auto part = [&](std::int64_t i) { return numbers.select(1, i); };
  return torch::stack({1 + part(0), -part(1), part(2), part(1), 1 + part(0), part(3)}, 1).view({-1, 2, 3});
}

/// N x 4 x P: how the picture changes with each number, at the places where it was looked up.
torch::Tensor slopes(const torch::Tensor& looked_up) {
  const std::int64_t px = looked_up.size(2);
  const auto difference = [&](std::int64_t dim) {
    // Central, in units of half a side; the border has none.
    return at::constant_pad_nd(
        (looked_up.narrow(dim, 2, px - 2) - looked_up.narrow(dim, 0, px - 2)) * (static_cast<double>(px) / 4),
        dim == 3 ? at::IntArrayRef{1, 1, 0, 0} : at::IntArrayRef{0, 0, 1, 1});
  };
  const torch::Tensor dx = difference(3), dy = difference(2);
  const torch::Tensor line =
      (torch::arange(px, looked_up.options()) + 0.5) * (2.0 / static_cast<double>(px)) - 1;
  const torch::Tensor x = line.view({1, 1, 1, px}), y = line.view({1, 1, px, 1});
  return torch::cat({dx * x + dy * y, dy * x - dx * y, dx, dy}, 1).flatten(2);
}

}  // namespace

torch::Tensor similarity_between(const torch::Tensor& still_nchw, const torch::Tensor& moving_nchw,
                                 const torch::Tensor& weights_n1hw) {
  const at::NoGradGuard no_gradients;
  const std::int64_t px = still_nchw.size(2);
  const torch::Tensor weights = weights_n1hw.flatten(2);
  torch::Tensor numbers = torch::zeros({still_nchw.size(0), 4}, still_nchw.options());
  for (const double sigma : {0.04, 0.02}) {
    const torch::Tensor still = details(still_nchw, sigma), moving = details(moving_nchw, sigma);
    for (int step = 0; step < kStepsEach; ++step) {
      const torch::Tensor looked_up = sampled(moving, maps(numbers), px);
      const torch::Tensor by = slopes(looked_up);
      const torch::Tensor weighted = by * weights;
      const torch::Tensor normal = at::matmul(weighted, by.transpose(1, 2)),
                          wanted = at::matmul(weighted, (still - looked_up).flatten(2).transpose(1, 2));
      // Where there is hardly any slope, hardly anything moves.
      const torch::Tensor damping =
          torch::eye(4, normal.options()) * (1e-2 * normal.diagonal(0, 1, 2).mean(1).view({-1, 1, 1}) + 1e-8);
      numbers = numbers + at::matmul(at::inverse(normal + damping), wanted).squeeze(2);
      numbers = at::cat({numbers.narrow(1, 0, 2).clamp(-kMostTurn, kMostTurn),
                         numbers.narrow(1, 2, 2).clamp(-kMostShift, kMostShift)},
                        1);
    }
  }
  return maps(numbers);
}

}  // namespace understudy::model
