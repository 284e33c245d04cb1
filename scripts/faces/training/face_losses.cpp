#include "losses.h"
#include "networks.h"

namespace understudy::faces {
namespace {

constexpr double kHeatCell = static_cast<double>(kFaceSide) / kHeatSide;  // pixels
constexpr double kFinePx = 1, kUsualPx = 4;

/// count x 68 x cells, log of where each landmark is.
torch::Tensor log_chances(const torch::Tensor& heat) {
  return at::log_softmax(heat.flatten(2), 2);
}

/// count x 68 x 2, pixels: the mean place.
torch::Tensor mean_place(const torch::Tensor& chances) {
  const torch::Tensor at = (at::arange(kHeatSide, chances.options()) + 0.5) * kHeatCell - 0.5;
  const torch::Tensor map = chances.view({chances.size(0), chances.size(1), kHeatSide, kHeatSide});
  return at::stack({(map.sum(2) * at).sum(2), (map.sum(3) * at).sum(2)}, 2);
}

/// The cross-entropy against the four cells around the true place, whose mean is that place.
torch::Tensor heat_loss(const torch::Tensor& log_chances, const torch::Tensor& landmarks) {
  const torch::Tensor place = ((landmarks + 0.5) / kHeatCell - 0.5).clamp(0, kHeatSide - 1.001);
  const torch::Tensor first = place.floor(), part = place - first;
  const torch::Tensor column = first.select(2, 0).to(at::kLong), row = first.select(2, 1).to(at::kLong);
  const torch::Tensor x = part.select(2, 0), y = part.select(2, 1), cell = row * kHeatSide + column;
  const torch::Tensor cells = at::stack({cell, cell + 1, cell + kHeatSide, cell + kHeatSide + 1}, 2);
  const torch::Tensor shares = at::stack({(1 - x) * (1 - y), x * (1 - y), (1 - x) * y, x * y}, 2);
  return -(log_chances.gather(2, cells) * shares).sum(2);
}

torch::Tensor weighted_mean(const torch::Tensor& values, const torch::Tensor& weights) {
  return (values * weights).sum() / weights.sum().clamp_min(1);
}

/// 1 - the overlap (Dice) of the face's own class.
torch::Tensor overlap_loss(const torch::Tensor& chances, const torch::Tensor& shares) {
  const torch::Tensor found = chances.select(1, 1), true_share = shares.select(1, 1);
  const torch::Tensor both = (found * true_share).sum({1, 2}),
                      sum = found.sum({1, 2}) + true_share.sum({1, 2});
  return (1 - (2 * both + 1) / (sum + 1)).mean();
}

}  // namespace

Losses face_losses(const std::vector<torch::Tensor>& outputs, const FaceBatch& batch) {
  const torch::Tensor log_heat = log_chances(outputs[0]);
  const torch::Tensor off = mean_place(log_heat.exp()) - batch.landmarks;
  const torch::Tensor distance = (off.square().sum(2) + 1e-4).sqrt();
  const torch::Tensor head = outputs[2].flatten(1);
  const torch::Tensor log_error = head.narrow(1, kPoseNumbers, kLandmarks).clamp(-8, 2);
  // Taught by how far the places were off, without changing them.
  const torch::Tensor surprise = distance.detach() / kFaceSide * (-log_error).exp() + log_error;
  const torch::Tensor pose =
      at::smooth_l1_loss(head.narrow(1, 0, kPoseNumbers), batch.head, at::Reduction::Mean, 0.1);
  const torch::Tensor log_class = at::log_softmax(outputs[1], 1);
  const torch::Tensor place = distance / kUsualPx + (1 + distance / kFinePx).log();
  const torch::Tensor inside = (batch.weights > 0).to(at::kFloat);
  return {{"place", "heat", "error", "pose", "class", "overlap"},
          {weighted_mean(place, batch.weights),
           0.2 * weighted_mean(heat_loss(log_heat, batch.landmarks), batch.weights),
           0.1 * weighted_mean(surprise, inside), 4 * pose, -2 * (log_class * batch.classes).sum(1).mean(),
           overlap_loss(log_class.exp(), batch.classes)}};
}

}  // namespace understudy::faces
