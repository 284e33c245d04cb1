#include "understudy/model/onnx_model.h"

#include <torch/types.h>

#include <cmath>

#include "understudy/core/error.h"
#include "understudy/core/run.h"
#include "understudy/core/text.h"
#include "understudy/model/onnx_format.h"
#include "understudy/model/weights.h"

namespace understudy::model {
namespace {

constexpr double kSlope = 0.1, kResidualSlope = 0.2;  // as in network.cpp
constexpr float kNormEpsilon = 1e-6f;

/// Lays a plan's layers out as operators. Values are known by their names.
class GraphBuilder {
 public:
  GraphBuilder(const NetworkConfig& config, const torch::Tensor& flat)
      : plan_(network_plan(config)), layout_(weight_layout(plan_)), views_(weight_views(layout_, flat)) {}

  const NetworkPlan& plan() const { return plan_; }
  OnnxWriter& writer() { return writer_; }

  /// From `face`, the pictures of that identity.
  void lay(std::size_t identity, std::optional<double> morph) {
    const float half = 0.5f;
    writer_.add_constant("half", {1}, &half);
    const std::string codes = run(plan_.encoder, node("Sub", {"face", "half"}));
    const Route& route = plan_.routes[identity];
    const std::string map = route.inters.empty() ? codes : inter_map(codes, route, morph);
    const std::string picture = run(plan_.decoders[route.decoder], map);
    slice(picture, 0, 3, "swap");
    slice(picture, 3, 4, "mask");
  }

 private:
  std::string node(const std::string& op, const std::vector<std::string>& inputs,
                   const std::map<std::string, OnnxWriter::Attribute>& attributes = {}) {
    std::string output = text(op, ".", ++steps_);
    writer_.add_node(op, inputs, output, attributes);
    return output;
  }

  /// The name of a constant with the weights of that name.
  std::string weights(const std::string& name) {
    for (std::size_t i = 0; i < views_.size(); ++i) {
      if (layout_.entries[i].name != name) continue;
      const torch::Tensor plain = views_[i].contiguous();
      writer_.add_constant(name, layout_.entries[i].shape, plain.data_ptr<float>());
      return name;
    }
    throw Error(ErrorCode::kBug, text("the layout has no weights '", name, "'"));
  }

  std::string conv(const std::string& x, const std::string& name, const Layer& layer, std::int64_t stride) {
    const std::int64_t border = layer.kernel / 2;
    return node("Conv", {x, weights(name + ".weight"), weights(name + ".bias")},
                {{"kernel_shape", std::vector{layer.kernel, layer.kernel}},
                 {"strides", std::vector{stride, stride}},
                 {"pads", std::vector{border, border, border, border}}});
  }

  std::string leaky(const std::string& x, double slope) { return node("LeakyRelu", {x}, {{"alpha", slope}}); }

  std::string transposed(const std::string& x, std::vector<std::int64_t> order) {
    return node("Transpose", {x}, {{"perm", std::move(order)}});
  }

  /// `shape` of each face; their number stays.
  std::string reshaped(const std::string& x, std::vector<std::int64_t> shape) {
    shape.insert(shape.begin(), 0);
    const std::string name = text("shape.", ++steps_);
    writer_.add_constant(name, shape);
    return node("Reshape", {x, name});
  }

  /// Four sub-pixels, which lie before the channels. DepthToSpace would say the same in one step, but
  /// cv::dnn 4.6 runs that for one face only.
  std::string doubled(const std::string& x, const Layer& layer) {
    const std::int64_t channels = layer.channels_out, px = layer.px_in;
    const std::string parts = reshaped(x, {2, 2, channels, px, px});
    return reshaped(transposed(parts, {0, 3, 4, 1, 5, 2}), {channels, 2 * px, 2 * px});
  }

  void slice(const std::string& x, std::int64_t first, std::int64_t last, const std::string& output) {
    writer_.add_constant(output + ".first", {first});
    writer_.add_constant(output + ".last", {last});
    writer_.add_constant(output + ".axis", {std::int64_t{1}});
    writer_.add_node("Slice", {x, output + ".first", output + ".last", output + ".axis"}, output);
  }

  /// The mean of the squares and its copies are products with vectors: not every runtime stretches a column
  /// over a matrix.
  std::string pixel_norm(const std::string& x, std::int64_t size) {
    const std::vector<float> parts(static_cast<std::size_t>(size), 1.0f / static_cast<float>(size));
    const std::vector<float> ones(static_cast<std::size_t>(size), 1.0f);
    const std::vector<float> zeros(static_cast<std::size_t>(size), 0.0f);
    writer_.add_constant("norm.parts", {1, size}, parts.data());
    writer_.add_constant("norm.epsilon", {1}, &kNormEpsilon);
    writer_.add_constant("norm.ones", {size, 1}, ones.data());
    writer_.add_constant("norm.zeros", {size}, zeros.data());
    const std::string mean = product(node("Mul", {x, x}), "norm.parts", "norm.epsilon");
    return node("Div", {x, product(node("Sqrt", {mean}), "norm.ones", "norm.zeros")});
  }

  std::string product(const std::string& x, const std::string& weight, const std::string& bias) {
    return node("Gemm", {x, weight, bias}, {{"transB", std::int64_t{1}}});
  }

  std::string run(const Part& part, std::string x) {
    for (const Layer& layer : part) x = step(layer, x);
    return x;
  }

  std::string step(const Layer& layer, const std::string& x) {
    switch (layer.kind) {
      case LayerKind::kConv:
        return leaky(conv(x, layer.name, layer, 2), kSlope);
      case LayerKind::kResidual: {
        const std::string first = leaky(conv(x, layer.name + ".first", layer, 1), kResidualSlope);
        return leaky(node("Add", {conv(first, layer.name + ".second", layer, 1), x}), kResidualSlope);
      }
      case LayerKind::kFlatten:
        return reshaped(transposed(x, {0, 2, 3, 1}), {layer.channels_out});
      case LayerKind::kPixelNorm:
        return pixel_norm(x, layer.channels_out);
      case LayerKind::kDense:
        return product(x, weights(layer.name + ".weight"), weights(layer.name + ".bias"));
      case LayerKind::kMap:
        return transposed(reshaped(x, {layer.px_out, layer.px_out, layer.channels_out}), {0, 3, 1, 2});
      case LayerKind::kUp:
        return doubled(leaky(conv(x, layer.name, layer, 1), kSlope), layer);
      case LayerKind::kPicture: {
        const std::string picture = conv(x, layer.name, layer, 1);
        return node("Sigmoid", {layer.px_out > layer.px_in ? doubled(picture, layer) : picture});
      }
    }
    throw Error(ErrorCode::kBug, "a layer of an unknown kind");
  }

  std::string inter_map(const std::string& codes, const Route& route, std::optional<double> morph) {
    std::vector<std::string> maps;
    for (std::size_t i = 0; i < route.inters.size(); ++i)
      maps.push_back(i > 0 && route.inters[i] == route.inters[i - 1]
                         ? maps.back()
                         : run(plan_.inters[route.inters[i]], codes));
    const std::string own = maps.size() == 1 ? maps[0] : node("Concat", maps, {{"axis", std::int64_t{1}}});
    if (!morph) return own;
    const std::int64_t channels = plan_.decoders[route.decoder].front().channels_in;
    const std::int64_t from_own = std::llround(*morph * static_cast<double>(channels));
    if (from_own == channels) return own;
    const std::string other = run(plan_.inters[static_cast<std::size_t>(route.mixed_with)], codes);
    if (from_own == 0) return other;
    slice(own, 0, from_own, "own");
    slice(other, from_own, channels, "other");
    return node("Concat", {"own", "other"}, {{"axis", std::int64_t{1}}});
  }

  NetworkPlan plan_;
  WeightLayout layout_;
  std::vector<torch::Tensor> views_;
  OnnxWriter writer_;
  int steps_ = 0;
};

}  // namespace

std::string onnx_model(const NetworkConfig& config, const torch::Tensor& weights, std::size_t identity,
                       std::optional<double> morph, const std::string& description,
                       const std::map<std::string, std::string>& metadata) {
  GraphBuilder builder(config, weights);
  const Route& route = builder.plan().routes.at(identity);
  if (morph && route.mixed_with < 0)
    throw Error(ErrorCode::kUsage,
                text("a network of the architecture '", config.architecture, "' cannot be morphed"),
                "leave --morph out");
  const std::int64_t side = builder.plan().decoders[route.decoder].back().px_out;
  OnnxWriter& writer = builder.writer();
  writer.add_input("face", {-1, 3, config.input_px, config.input_px});
  writer.add_output("swap", {-1, 3, side, side});
  writer.add_output("mask", {-1, 1, side, side});
  builder.lay(identity, morph);
  for (const auto& [key, value] : metadata) writer.add_metadata(key, value);
  return writer.finished("swap", version(), description);
}

}  // namespace understudy::model
