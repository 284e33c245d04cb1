#include "understudy/model/losses.h"

#include <torch/types.h>

#include <algorithm>

namespace understudy::model {
namespace {

/// Of `width` (odd) neighbours along `axis`, for values from 0. By doubling steps: pooling takes twenty times
/// as long.
torch::Tensor running_maximum(const torch::Tensor& x, std::int64_t axis, std::int64_t width) {
  const std::int64_t half = width / 2;
  torch::Tensor out =
      axis == 3 ? at::constant_pad_nd(x, {half, half}) : at::constant_pad_nd(x, {0, 0, half, half});
  for (std::int64_t covered = 1; covered < width;) {
    const std::int64_t step = std::min(covered, width - covered), count = out.size(axis) - step;
    out = at::maximum(out.narrow(axis, 0, count), out.narrow(axis, step, count));
    covered += step;
  }
  return out;
}

bool any_term(const std::vector<LossTerm>& terms, bool LossKind::*flag) {
  return std::ranges::any_of(
      terms, [&](const LossTerm& term) { return term.weight != 0 && losses().at(term.name).*flag; });
}

LossInput input_of(const Decoded& predicted, const torch::Tensor& target, const torch::Tensor& mask,
                   double outside_weight) {
  LossInput input{predicted, target, mask, {}, {}};
  if (const std::int64_t factor = target.size(2) / predicted.image_nchw.size(2); factor > 1) {
    input.target_nchw = at::avg_pool2d(target, factor);
    input.mask_nchw = at::avg_pool2d(mask, factor);
  }
  input.weight_nchw = pixel_weights(input.mask_nchw, outside_weight);
  return input;
}

torch::Tensor weighted_sum(const std::vector<LossTerm>& terms, const LossInput& input, bool on_swap) {
  torch::Tensor sum = at::zeros({input.target_nchw.size(0)}, input.target_nchw.options());
  for (const LossTerm& term : terms) {
    const LossKind& kind = losses().at(term.name);
    if (term.weight != 0 && kind.on_swap == on_swap) sum = sum + term.weight * kind.per_face(input);
  }
  return sum.mean();
}

}  // namespace

bool needs_swap(const std::vector<LossTerm>& terms) {
  return any_term(terms, &LossKind::on_swap);
}

bool needs_landmarks(const std::vector<LossTerm>& terms) {
  return any_term(terms, &LossKind::by_landmarks);
}

torch::Tensor pixel_weights(const torch::Tensor& mask_nchw, double outside) {
  const std::int64_t width = std::max<std::int64_t>(3, (mask_nchw.size(2) / 12) | 1), half = width / 2;
  const torch::Tensor grown = running_maximum(running_maximum(mask_nchw, 2, width), 3, width);
  const torch::Tensor soft =
      at::avg_pool2d(at::avg_pool2d(grown, {1, width}, 1, {0, half}), {width, 1}, 1, {half, 0});
  return soft * (1 - outside) + outside;
}

torch::Tensor total_loss(const std::vector<LossTerm>& terms, const Decoded& predicted,
                         const torch::Tensor& target_nchw, const torch::Tensor& mask_nchw,
                         double outside_weight, const torch::Tensor& landmarks_n682) {
  LossInput input = input_of(predicted, target_nchw, mask_nchw, outside_weight);
  if (landmarks_n682.defined() && needs_landmarks(terms))
    input.priority_nchw = priority_map(landmarks_n682, input.target_nchw.size(2));
  return weighted_sum(terms, input, false);
}

torch::Tensor swap_loss(const std::vector<LossTerm>& terms, const Decoded& swapped,
                        const torch::Tensor& performer_nchw, const torch::Tensor& mask_nchw) {
  return weighted_sum(terms, input_of(swapped, performer_nchw, mask_nchw, 0), true);
}

}  // namespace understudy::model
