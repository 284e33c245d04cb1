#include "understudy/model/weights.h"

#include <torch/types.h>

#include <cmath>
#include <functional>
#include <numeric>

#include "understudy/core/error.h"
#include "understudy/core/seeds.h"
#include "understudy/core/text.h"
#include "understudy/model/augment.h"

namespace understudy::model {
namespace {

constexpr double kSlope = 0.1;
constexpr double kDenseGain = 0.7, kPictureGain = 0.3;
constexpr double kLastOfBlockGain = 0.1;  // a residual block begins close to the identity

void append_pair(WeightLayout& layout, const std::string& name, std::vector<std::int64_t> shape,
                 double gain) {
  const std::int64_t outputs = shape[0];
  layout.append(name + ".weight", std::move(shape), gain);
  layout.append(name + ".bias", {outputs}, 0);
}

void append_layer(WeightLayout& layout, const Layer& l) {
  const auto square = [&](std::int64_t outputs) {
    return std::vector<std::int64_t>{outputs, l.channels_in, l.kernel, l.kernel};
  };
  switch (l.kind) {
    case LayerKind::kConv:
      return append_pair(layout, l.name, square(l.channels_out), 1);
    case LayerKind::kUp:
      return append_pair(layout, l.name, square(4 * l.channels_out), 1);
    case LayerKind::kDense:
      return append_pair(layout, l.name, {l.channels_out, l.channels_in}, kDenseGain);
    case LayerKind::kPicture:
      return append_pair(layout, l.name, square(l.channels_out * (l.px_out > l.px_in ? 4 : 1)), kPictureGain);
    case LayerKind::kResidual:
      append_pair(layout, l.name + ".first", square(l.channels_out), 1);
      return append_pair(layout, l.name + ".second", square(l.channels_out), kLastOfBlockGain);
    case LayerKind::kFlatten:
    case LayerKind::kPixelNorm:
    case LayerKind::kMap:
      return;
  }
}

}  // namespace

void WeightLayout::append(std::string name, std::vector<std::int64_t> shape, double gain) {
  const std::int64_t count =
      std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<std::int64_t>());
  entries.push_back({std::move(name), std::move(shape), total, count, gain});
  total += count;
}

WeightLayout weight_layout(const NetworkPlan& plan) {
  WeightLayout layout;
  for (const Layer& layer : plan.encoder) append_layer(layout, layer);
  for (const auto* parts : {&plan.inters, &plan.decoders})
    for (const Part& part : *parts)
      for (const Layer& layer : part) append_layer(layout, layer);
  return layout;
}

torch::Tensor initial_weights(const WeightLayout& layout, std::uint64_t seed) {
  at::Generator random = seeded_generator(item_seed(seed, "weights", 0, 0));
  torch::Tensor flat = torch::zeros({layout.total}, torch::kFloat32);
  const std::vector<torch::Tensor> views = weight_views(layout, flat);
  for (std::size_t i = 0; i < views.size(); ++i) {
    const WeightLayout::Entry& entry = layout.entries[i];
    if (entry.gain == 0) continue;
    const double inputs = static_cast<double>(entry.count / entry.shape[0]);
    const double spread = entry.gain * std::sqrt(2.0 / (1 + kSlope * kSlope) / inputs);
    views[i].copy_(at::normal(0.0, spread, entry.shape, random));
  }
  return flat;
}

std::vector<torch::Tensor> weight_views(const WeightLayout& layout, const torch::Tensor& flat) {
  if (flat.dim() != 1 || flat.numel() != layout.total || flat.scalar_type() != torch::kFloat32)
    throw Error(ErrorCode::kBug, text("the weights need a flat float32 buffer of ", layout.total, " values"));
  std::vector<torch::Tensor> views;
  for (const WeightLayout::Entry& entry : layout.entries) {
    const torch::Tensor part = flat.narrow(0, entry.offset, entry.count);
    if (entry.shape.size() == 4) {
      const auto& s = entry.shape;
      views.push_back(part.view({s[0], s[2], s[3], s[1]}).permute({0, 3, 1, 2}));
    } else {
      views.push_back(part.view(entry.shape));
    }
  }
  return views;
}

NamedTensors named_weights(const WeightLayout& layout, const torch::Tensor& flat, std::string_view prefix) {
  const std::vector<torch::Tensor> views = weight_views(layout, flat);
  NamedTensors named;
  for (std::size_t i = 0; i < views.size(); ++i)
    named.emplace_back(text(prefix, layout.entries[i].name), views[i]);
  return named;
}

void fill_weights(const WeightLayout& layout, const torch::Tensor& flat, const TensorFile& file,
                  std::string_view prefix, std::string_view where) {
  const at::NoGradGuard no_gradients;
  const std::vector<torch::Tensor> views = weight_views(layout, flat);
  std::vector<const torch::Tensor*> found;
  for (std::size_t i = 0; i < views.size(); ++i) {
    const std::string name = text(prefix, layout.entries[i].name);
    const torch::Tensor* tensor = file.find(name);
    if (!tensor) throw Error(ErrorCode::kFormat, text(where, ": the tensor '", name, "' is missing"));
    if (tensor->sizes() != views[i].sizes() || !tensor->is_floating_point()) {
      throw Error(ErrorCode::kFormat,
                  text(where, ": the tensor '", name, "' is ", tensor->scalar_type(), " ", tensor->sizes(),
                       ", floating-point ", views[i].sizes(), " was expected"));
    }
    found.push_back(tensor);
  }
  for (std::size_t i = 0; i < views.size(); ++i) views[i].copy_(*found[i]);
}

}  // namespace understudy::model
