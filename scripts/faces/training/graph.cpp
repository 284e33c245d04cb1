#include "graph.h"

#include <cmath>
#include <tuple>

namespace understudy::faces {
namespace {

constexpr std::int64_t kPictureChannels = 3;

/// Takes the weights in the order of the layout.
class WeightReader {
 public:
  explicit WeightReader(const std::vector<torch::Tensor>& weights) : weights_(weights) {}
  const torch::Tensor& next() { return weights_[place_++]; }

 private:
  const std::vector<torch::Tensor>& weights_;
  std::size_t place_ = 0;
};

torch::Tensor normalised(const torch::Tensor& x, const torch::Tensor& scale, const torch::Tensor& shift,
                         Moments* moments) {
  auto [out, mean, inverse_deviation] =
      at::native_batch_norm(x, scale, shift, {}, {}, true, 0.0, kNormEpsilon);
  if (moments) moments->emplace_back(mean.detach(), inverse_deviation.detach().pow(-2).sub_(kNormEpsilon));
  return out;
}

torch::Tensor convolved(const Step& step, const torch::Tensor& x, WeightReader& weights, Moments* moments) {
  const torch::Tensor& weight = weights.next();
  const std::int64_t border = step.kernel / 2;
  if (!step.normalised) return at::conv2d(x, weight, weights.next(), step.stride, border, 1, step.groups);
  const torch::Tensor& scale = weights.next();
  const torch::Tensor& shift = weights.next();
  const torch::Tensor y = at::conv2d(x, weight, {}, step.stride, border, 1, step.groups);
  const torch::Tensor out = normalised(y, scale, shift, moments);
  return step.rectified ? at::relu(out) : out;
}

}  // namespace

std::int64_t GraphMaker::channels_of(int place) const {
  return place < 0 ? kPictureChannels : graph_.steps[static_cast<std::size_t>(place)].channels_out;
}

int GraphMaker::lay(Step step) {
  if (step.name.empty()) step.name = "step" + std::to_string(graph_.steps.size());
  step.channels_in = channels_of(step.inputs.front());
  if (step.channels_out == 0) step.channels_out = step.channels_in;
  graph_.steps.push_back(std::move(step));
  return static_cast<int>(graph_.steps.size()) - 1;
}

int GraphMaker::conv(int from, std::int64_t channels, std::int64_t kernel, std::int64_t stride) {
  Step step;
  step.inputs = {from};
  step.channels_out = channels;
  step.kernel = kernel;
  step.stride = stride;
  step.normalised = step.rectified = true;
  return lay(step);
}

int GraphMaker::separable(int from, std::int64_t channels, std::int64_t stride) {
  const int filtered = conv(from, channels_of(from), 3, stride);
  graph_.steps.back().groups = channels_of(from);
  return conv(filtered, channels, 1);
}

int GraphMaker::bottleneck(int from, std::int64_t channels, std::int64_t factor, std::int64_t stride) {
  const int wide = conv(from, factor * channels_of(from), 1);
  const int filtered = conv(wide, channels_of(wide), 3, stride);
  graph_.steps.back().groups = channels_of(wide);
  const int narrow = conv(filtered, channels, 1);
  graph_.steps.back().rectified = false;
  return stride == 1 && channels == channels_of(from) ? add(narrow, from) : narrow;
}

int GraphMaker::plain(int from, std::int64_t channels, double first_bias) {
  Step step;
  step.inputs = {from};
  step.channels_out = channels;
  step.first_bias = first_bias;
  return lay(step);
}

int GraphMaker::add(int a, int b) {
  Step step;
  step.kind = StepKind::kAdd;
  step.inputs = {a, b};
  return lay(step);
}

int GraphMaker::up(int from) {
  Step step;
  step.kind = StepKind::kUp;
  step.inputs = {from};
  return lay(step);
}

void GraphMaker::output(const std::string& name, int from) {
  graph_.steps[static_cast<std::size_t>(from)].name = name;
  graph_.outputs.emplace_back(name, from);
}

int GraphMaker::mean(int from) {
  Step step;
  step.kind = StepKind::kMean;
  step.inputs = {from};
  return lay(step);
}

Layout layout_of(const Graph& graph) {
  Layout out;
  const auto append = [&](const std::string& name, std::vector<std::int64_t> shape, double first_bias = 0) {
    std::int64_t size = 1;
    for (const std::int64_t side : shape) size *= side;
    out.entries.push_back({name, std::move(shape), first_bias});
    out.sizes.push_back(size);
    out.total += size;
  };
  for (const Step& step : graph.steps) {
    if (step.kind != StepKind::kConv) continue;
    append(step.name + ".weight",
           {step.channels_out, step.channels_in / step.groups, step.kernel, step.kernel});
    if (step.normalised) append(step.name + ".scale", {step.channels_out});
    append(step.name + (step.normalised ? ".shift" : ".bias"), {step.channels_out}, step.first_bias);
  }
  return out;
}

torch::Tensor first_weights(const Graph& graph, std::uint64_t seed) {
  at::manual_seed(seed);
  const Layout layout = layout_of(graph);
  std::vector<torch::Tensor> parts;
  for (const Layout::Entry& entry : layout.entries) {
    if (entry.shape.size() == 4) {
      const auto fan_in = static_cast<double>(entry.shape[1] * entry.shape[2] * entry.shape[3]);
      parts.push_back(at::randn(entry.shape).mul_(std::sqrt(2 / fan_in)).flatten());
    } else {
      parts.push_back(entry.name.ends_with(".scale") ? at::ones(entry.shape) : at::zeros(entry.shape));
      parts.back()[0] += entry.first_bias;
    }
  }
  return at::cat(parts);
}

std::vector<torch::Tensor> views_of(const Layout& layout, const torch::Tensor& flat) {
  std::vector<torch::Tensor> out = at::split_with_sizes(flat, layout.sizes);
  for (std::size_t i = 0; i < out.size(); ++i) out[i] = out[i].view(layout.entries[i].shape);
  return out;
}

std::vector<torch::Tensor> run(const Graph& graph, const std::vector<torch::Tensor>& weights,
                               const torch::Tensor& pictures_nchw, Moments* moments) {
  WeightReader reader(weights);
  std::vector<torch::Tensor> values;
  const auto value = [&](int place) {
    return place < 0 ? pictures_nchw : values[static_cast<std::size_t>(place)];
  };
  for (const Step& step : graph.steps) {
    const torch::Tensor x = value(step.inputs.front());
    switch (step.kind) {
      case StepKind::kConv:
        values.push_back(convolved(step, x, reader, moments));
        break;
      case StepKind::kAdd:
        values.push_back(x + value(step.inputs.back()));
        break;
      case StepKind::kUp:
        values.push_back(at::upsample_nearest2d(x, {2 * x.size(2), 2 * x.size(3)}));
        break;
      case StepKind::kMean:
        values.push_back(x.mean({2, 3}, true));
        break;
    }
  }
  std::vector<torch::Tensor> out;
  for (const auto& [name, place] : graph.outputs) out.push_back(value(place));
  return out;
}

}  // namespace understudy::faces
