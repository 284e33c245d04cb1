#include "understudy/model/discriminators.h"

#include <torch/types.h>

#include <algorithm>
#include <cstdlib>

#include "understudy/core/error.h"
#include "understudy/core/text.h"

namespace understudy::model {
namespace {

constexpr double kPatchSlope = 0.2, kCodeSlope = 0.1;
constexpr double kLogitGain = 0.3;  // begins undecided
constexpr std::int64_t kLeastWidth = 16, kMostWidth = 512;
constexpr std::int64_t kCodeWidth = 256, kWidestCode = 2048;

void append_layer(WeightLayout& layout, const std::string& name, std::vector<std::int64_t> shape,
                  double gain = 1) {
  const std::int64_t outputs = shape[0];
  layout.append(name + ".weight", std::move(shape), gain);
  layout.append(name + ".bias", {outputs}, 0);
}

/// How often a picture of that side is halved until a 3x3 convolution sees about an eighth of it.
std::size_t patch_levels(std::int64_t px) {
  if (px < 2 || px % 2 != 0)
    throw Error(ErrorCode::kUsage,
                text("the patch discriminator needs pictures of an even number of pixels, not ", px));
  const auto distance = [&](std::int64_t levels) {
    const std::int64_t seen = (std::int64_t{1} << (levels + 1)) - 1;
    return std::abs(8 * seen - px);
  };
  std::int64_t best = 1;
  for (std::int64_t levels = 2; px % (std::int64_t{1} << levels) == 0; ++levels)
    if (distance(levels) < distance(best)) best = levels;
  return static_cast<std::size_t>(best);
}

/// Of the map after that many halvings.
std::int64_t patch_width(std::size_t level) {
  return std::min(kMostWidth, kLeastWidth << level);
}

/// Halvings of a code's map: one, and one more for each 8 pixels, as long as there is something to halve.
std::size_t code_levels(std::int64_t px) {
  std::size_t levels = 0;
  const auto wanted = static_cast<std::size_t>(1 + px / 8);
  while (levels < wanted && (px >> levels) > 1) ++levels;
  return levels;
}

std::int64_t code_width(std::size_t level) {
  return std::min(kWidestCode, kCodeWidth << level);
}

torch::Tensor leaky(torch::Tensor x, double slope) {
  return at::leaky_relu_(x, slope);
}

}  // namespace

torch::Tensor judge_loss(const Verdict& of_real, const Verdict& of_made) {
  torch::Tensor sum = at::zeros({}, of_real.front().options());
  for (const torch::Tensor& logits : of_real) sum = sum + at::softplus(-logits).mean() * 0.5;
  for (const torch::Tensor& logits : of_made) sum = sum + at::softplus(logits).mean() * 0.5;
  return sum;
}

torch::Tensor fooling_loss(const Verdict& of_made) {
  torch::Tensor sum = at::zeros({}, of_made.front().options());
  for (const torch::Tensor& logits : of_made) sum = sum + at::softplus(-logits).mean();
  return sum;
}

JudgeLayers::JudgeLayers(const WeightLayout& layout, const torch::Tensor& flat,
                         torch::ScalarType working_type, bool trainable)
    : working_type_(working_type), weights_(weight_views(layout, flat)) {
  if (!trainable) {
    for (torch::Tensor& weight : weights_) weight = weight.to(working_type_);
    return;
  }
  flat_gradients_ = torch::zeros_like(flat);
  const std::vector<torch::Tensor> gradients = weight_views(layout, flat_gradients_);
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    weights_[i] = weights_[i].detach().requires_grad_(true);
    weights_[i].mutable_grad() = gradients[i];
  }
}

torch::Tensor JudgeLayers::weight(std::size_t place, bool frozen) const {
  const torch::Tensor& w = weights_.at(place);
  return (frozen ? w.detach() : w).to(working_type_);
}

torch::Tensor JudgeLayers::conv(const torch::Tensor& x, std::size_t layer, std::int64_t stride,
                                bool frozen) const {
  const torch::Tensor kernel = weight(2 * layer, frozen);
  return at::conv2d(x, kernel, weight(2 * layer + 1, frozen), stride, (kernel.size(2) - 1) / 2);
}

torch::Tensor JudgeLayers::dense(const torch::Tensor& x, std::size_t layer, bool frozen) const {
  return at::linear(x, weight(2 * layer, frozen), weight(2 * layer + 1, frozen));
}

WeightLayout PatchDiscriminator::layout(std::int64_t px) {
  const std::size_t levels = patch_levels(px);
  WeightLayout out;
  append_layer(out, "in", {patch_width(0), 3, 1, 1});
  for (std::size_t i = 1; i <= levels; ++i)
    append_layer(out, text("down", i), {patch_width(i), patch_width(i - 1), 3, 3});
  append_layer(out, "patches", {1, patch_width(levels), 1, 1}, kLogitGain);
  for (std::size_t i = levels; i > 0; --i)  // from below; with what skipped over, but for the lowest
    append_layer(out, text("up", i), {4 * patch_width(i - 1), (i == levels ? 1 : 2) * patch_width(i), 3, 3});
  append_layer(out, "pixels", {1, 2 * patch_width(0), 1, 1}, kLogitGain);
  return out;
}

double PatchDiscriminator::kept_values(std::int64_t px) {
  const auto map = [px](std::size_t level) {
    return static_cast<double>(patch_width(level) * (px >> level) * (px >> level));
  };
  const std::size_t levels = patch_levels(px);
  double sum = map(levels);
  // On the way down; on the way up before and after the doubling, and beside what skipped over.
  for (std::size_t i = 0; i < levels; ++i) sum += map(i) + 4 * map(i);
  return sum;
}

PatchDiscriminator::PatchDiscriminator(std::int64_t px, const torch::Tensor& flat,
                                       torch::ScalarType working_type, bool trainable)
    : levels_(patch_levels(px)), layers_(layout(px), flat, working_type, trainable) {}

Verdict PatchDiscriminator::logits(const torch::Tensor& pictures_nchw, bool frozen) const {
  std::size_t layer = 0;
  const auto conv = [&](const torch::Tensor& x, std::int64_t stride) {
    return layers_.conv(x, layer++, stride, frozen);
  };
  const torch::Tensor pictures =
      (pictures_nchw - 0.5).to(layers_.working_type()).contiguous(at::MemoryFormat::ChannelsLast);
  std::vector<torch::Tensor> maps = {leaky(conv(pictures, 1), kPatchSlope)};
  for (std::size_t i = 0; i < levels_; ++i) maps.push_back(leaky(conv(maps.back(), 2), kPatchSlope));
  const torch::Tensor patches = conv(maps.back(), 1).to(torch::kFloat32);
  torch::Tensor x = maps.back();
  for (std::size_t i = levels_; i > 0; --i)
    x = at::cat({at::pixel_shuffle(leaky(conv(x, 1), kPatchSlope), 2), maps[i - 1]}, 1);
  return {patches, conv(x, 1).to(torch::kFloat32)};
}

WeightLayout CodeDiscriminator::layout(std::int64_t channels, std::int64_t px) {
  WeightLayout out;
  if (px == 1) {
    append_layer(out, "first", {kCodeWidth, channels});
    append_layer(out, "second", {kCodeWidth, kCodeWidth});
    append_layer(out, "verdict", {1, kCodeWidth}, kLogitGain);
    return out;
  }
  const std::size_t levels = code_levels(px);
  for (std::size_t i = 0; i < levels; ++i) {
    const std::int64_t kernel = i == 0 ? 4 : 3;
    append_layer(out, text("down", i + 1),
                 {code_width(i), i == 0 ? channels : code_width(i - 1), kernel, kernel});
  }
  append_layer(out, "verdict", {1, code_width(levels - 1), 1, 1}, kLogitGain);
  return out;
}

CodeDiscriminator::CodeDiscriminator(std::int64_t channels, std::int64_t px, const torch::Tensor& flat,
                                     torch::ScalarType working_type, bool trainable)
    : px_(px), layers_(layout(channels, px), flat, working_type, trainable) {}

Verdict CodeDiscriminator::logits(const torch::Tensor& codes, bool frozen) const {
  torch::Tensor x = codes.to(layers_.working_type());
  std::size_t layer = 0;
  if (px_ == 1) {
    x = x.flatten(1);
    for (; layer < 2; ++layer) x = leaky(layers_.dense(x, layer, frozen), kCodeSlope);
    return {layers_.dense(x, layer, frozen).to(torch::kFloat32)};
  }
  for (; layer < code_levels(px_); ++layer) x = leaky(layers_.conv(x, layer, 2, frozen), kCodeSlope);
  return {layers_.conv(x, layer, 1, frozen).to(torch::kFloat32)};
}

}  // namespace understudy::model
