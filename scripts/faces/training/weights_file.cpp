#include "weights_file.h"

#include "networks.h"
#include "understudy/core/text.h"
#include "understudy/model/safetensors.h"

namespace understudy::faces {
namespace {

constexpr const char* kNameKey = "network";

std::vector<std::string> normalised_steps(const Graph& graph) {
  std::vector<std::string> out;
  for (const Step& step : graph.steps)
    if (step.normalised) out.push_back(step.name);
  return out;
}

torch::Tensor named(const model::TensorFile& file, const std::string& name,
                    const std::vector<std::int64_t>& shape, const std::filesystem::path& path) {
  const torch::Tensor* found = file.find(name);
  if (!found || found->sizes() != at::IntArrayRef(shape))
    throw Error(ErrorCode::kFormat, text(path.string(), " has no '", name, "' of the expected shape"),
                "train the network anew");
  return found->to(at::kFloat);
}

}  // namespace

void write_network(const std::filesystem::path& path, const TrainedNetwork& network) {
  const Graph graph = networks().at(network.name)();
  const Layout layout = layout_of(graph);
  model::NamedTensors tensors;
  for (std::size_t i = 0; i < layout.entries.size(); ++i)
    tensors.emplace_back(layout.entries[i].name, network.weights[i]);
  const std::vector<std::string> steps = normalised_steps(graph);
  for (std::size_t i = 0; i < steps.size(); ++i) {
    tensors.emplace_back(steps[i] + ".mean", network.moments[i].first);
    tensors.emplace_back(steps[i] + ".variance", network.moments[i].second);
  }
  std::map<std::string, std::string> metadata = network.notes;
  metadata[kNameKey] = network.name;
  model::write_safetensors(path, tensors, metadata);
}

TrainedNetwork read_network(const std::filesystem::path& path) {
  const model::TensorFile file = model::read_safetensors(path);
  TrainedNetwork out;
  out.notes = file.metadata;
  out.name = out.notes[kNameKey];
  const Graph graph = networks().at(out.name)();
  for (const Layout::Entry& entry : layout_of(graph).entries)
    out.weights.push_back(named(file, entry.name, entry.shape, path));
  for (const Step& step : graph.steps)
    if (step.normalised)
      out.moments.emplace_back(named(file, step.name + ".mean", {step.channels_out}, path),
                               named(file, step.name + ".variance", {step.channels_out}, path));
  return out;
}

std::vector<FoldedConv> folded(const TrainedNetwork& network) {
  std::vector<FoldedConv> out;
  std::size_t weight = 0, moment = 0;
  for (const Step& step : networks().at(network.name)().steps) {
    if (step.kind != StepKind::kConv) continue;
    const torch::Tensor kernel = network.weights[weight++].cpu();
    if (!step.normalised) {
      out.push_back({kernel.contiguous(), network.weights[weight++].cpu().contiguous()});
      continue;
    }
    const torch::Tensor scale = network.weights[weight++].cpu(), shift = network.weights[weight++].cpu();
    const auto& [mean, variance] = network.moments[moment++];
    const torch::Tensor gain = scale / (variance.cpu() + kNormEpsilon).sqrt();
    out.push_back({(kernel * gain.view({-1, 1, 1, 1})).contiguous(), shift - mean.cpu() * gain});
  }
  return out;
}

}  // namespace understudy::faces
