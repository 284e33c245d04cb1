#include "onnx_file.h"

#include "networks.h"
#include "understudy/core/run.h"
#include "understudy/model/onnx_format.h"

namespace understudy::faces {
namespace {

constexpr const char* kInput = "picture";

class Exporter {
 public:
  explicit Exporter(const TrainedNetwork& network)
      : network_(network), graph_(networks().at(network.name)()), convs_(folded(network)) {}

  std::string file() {
    writer_.add_input(kInput, {-1, 3, -1, -1});
    const std::vector<float> doubled = {1, 1, 2, 2};
    writer_.add_constant("doubled", {4}, doubled.data());
    for (const Step& step : graph_.steps) lay(step);
    for (const auto& [name, place] : graph_.outputs) {
      const Step& step = graph_.steps[static_cast<std::size_t>(place)];
      writer_.add_output(step.name, {-1, step.channels_out, -1, -1});
    }
    for (const auto& [key, value] : network_.notes) writer_.add_metadata(key, value);
    return writer_.finished(network_.name, version(),
                            "A network of Understudy for faces, trained on rendered people alone");
  }

 private:
  /// An output's step is called as the output.
  std::string name_of(int place) const {
    return place < 0 ? kInput : graph_.steps[static_cast<std::size_t>(place)].name;
  }

  void lay(const Step& step) {
    const std::string x = name_of(step.inputs.front());
    switch (step.kind) {
      case StepKind::kConv:
        lay_conv(step, x);
        break;
      case StepKind::kAdd:
        writer_.add_node("Add", {x, name_of(step.inputs.back())}, step.name);
        break;
      case StepKind::kUp:
        writer_.add_node("Resize", {x, "", "doubled"}, step.name,
                         {{"mode", "nearest"},
                          {"coordinate_transformation_mode", "asymmetric"},
                          {"nearest_mode", "floor"}});
        break;
      case StepKind::kMean:
        writer_.add_node("GlobalAveragePool", {x}, step.name);
        break;
    }
  }

  void lay_conv(const Step& step, const std::string& x) {
    const FoldedConv& conv = convs_[conv_++];
    writer_.add_constant(step.name + ".weight", conv.weight.sizes().vec(), conv.weight.data_ptr<float>());
    writer_.add_constant(step.name + ".bias", conv.bias.sizes().vec(), conv.bias.data_ptr<float>());
    const std::int64_t border = step.kernel / 2;
    const std::string output = step.rectified ? step.name + ".sum" : step.name;
    writer_.add_node("Conv", {x, step.name + ".weight", step.name + ".bias"}, output,
                     {{"kernel_shape", std::vector{step.kernel, step.kernel}},
                      {"strides", std::vector{step.stride, step.stride}},
                      {"pads", std::vector{border, border, border, border}},
                      {"group", step.groups}});
    if (step.rectified) writer_.add_node("Relu", {output}, step.name);
  }

  const TrainedNetwork& network_;
  Graph graph_;
  std::vector<FoldedConv> convs_;
  std::size_t conv_ = 0;
  model::OnnxWriter writer_;
};

}  // namespace

std::string onnx_file(const TrainedNetwork& network) {
  return Exporter(network).file();
}

}  // namespace understudy::faces
