#include "losses.h"
#include "networks.h"

namespace understudy::faces {
namespace {

constexpr double kTemperature = 0.1;

}  // namespace

/// Of all other pictures of the batch, those of the same person should be the likest (Khosla et al. 2020).
Losses identity_losses(const std::vector<torch::Tensor>& outputs, const IdentityBatch& batch) {
  const torch::Tensor numbers = outputs[0].flatten(1);
  const torch::Tensor unit = numbers / (numbers.norm(2, {1}, true) + 1e-6);
  const torch::Tensor oneself = at::eye(unit.size(0), unit.options()).to(at::kBool);
  const torch::Tensor same = (batch.person.unsqueeze(0) == batch.person.unsqueeze(1)) & ~oneself;
  const torch::Tensor likeness = at::matmul(unit, unit.t()) / kTemperature;
  const torch::Tensor chances = at::log_softmax(likeness.masked_fill(oneself, -1e9), 1);
  const torch::Tensor positive = same.to(at::kFloat);
  return {{"contrast"}, {-(chances * positive).sum(1).div(positive.sum(1).clamp_min(1)).mean()}};
}

}  // namespace understudy::faces
