#include "understudy/model/converter.h"

#include <torch/types.h>

#include <algorithm>
#include <cmath>

#include "understudy/core/error.h"
#include "understudy/core/text.h"
#include "understudy/model/augment.h"
#include "understudy/model/network.h"

namespace understudy::model {
namespace {

torch::Tensor averaged_weights(const Checkpoint& checkpoint, const WeightLayout& layout,
                               torch::Device device) {
  torch::Tensor flat = torch::zeros({layout.total}, torch::kFloat32);
  fill_weights(layout, flat, checkpoint.file, CheckpointPart::kAverage, checkpoint.path.string());
  return flat.to(device);
}

/// The likeness' number in the network.
std::size_t chosen_identity(const NetworkConfig& network, const std::string& name) {
  const std::vector<std::string>& names = network.likenesses;
  const auto found = name.empty() ? names.begin() : std::ranges::find(names, name);
  if (found == names.end() || (name.empty() && names.size() > 1))
    throw Error(ErrorCode::kUsage,
                name.empty() ? text("the model knows ", names.size(), " likenesses, and none is named")
                             : text("the model knows no likeness '", name, "'"),
                text("choose one of: ", joined(names)));
  return static_cast<std::size_t>(found - names.begin());
}

torch::Tensor chosen_share(const NetworkPlan& plan, const std::optional<double>& morph) {
  if (!morph) return {};
  if (plan.routes.front().mixed_with < 0)
    throw Error(ErrorCode::kUsage, "this model cannot be morphed",
                "models of the architecture 'amp' can; leave --morph out");
  if (!(*morph >= 0 && *morph <= 1))
    throw Error(ErrorCode::kUsage, text("--morph is ", *morph, ", from 0 to 1 was expected"));
  return morph_share(plan, *morph);
}

void check_faces(const torch::Tensor& faces) {
  const bool shaped = faces.defined() && faces.dim() == 4 && faces.size(3) == 3 &&
                      faces.size(1) == faces.size(2) && faces.size(1) >= 16;
  if (!shaped || (faces.scalar_type() != torch::kUInt8 && faces.scalar_type() != torch::kFloat32))
    throw Error(ErrorCode::kUsage,
                "the converter takes N x S x S x 3 pictures of at least 16 pixels, uint8 or float32");
}

/// 1 x 1 x px x px: 0 at the picture's edge, 1 from kEdge inwards, so that a mask which the edge cuts ends
/// softly.
torch::Tensor edge_ramp(std::int64_t px, const torch::TensorOptions& options) {
  constexpr double kEdge = 0.2;
  const torch::Tensor place = (torch::arange(px, options) + 0.5) / static_cast<double>(px);
  const torch::Tensor ramp = (torch::minimum(place, 1 - place) / kEdge).clamp(0, 1);
  return torch::minimum(ramp.view({1, 1, px, 1}), ramp.view({1, 1, 1, px}));
}

}  // namespace

struct Converter::State {
  State(Checkpoint checkpoint, torch::Device on, Precision precision, const SwapChoice& choice)
      : device(on),
        header(checkpoint.header),
        note(checkpoint.note),
        file(checkpoint.path),
        network(header.preset.network, averaged_weights(checkpoint, weight_layout(header.preset.network), on),
                working_type(precision, on), false),
        identity(chosen_identity(header.preset.network, choice.likeness)),
        share(chosen_share(network.plan(), choice.morph)) {}

  torch::Device device;
  ModelHeader header;
  std::string note;
  std::filesystem::path file;
  Network network;
  std::size_t identity;
  torch::Tensor share;
};

Converter::Converter(const std::filesystem::path& folder, const std::string& device, int threads,
                     Precision precision, const SwapChoice& choice) {
  use_threads(threads);
  const torch::Device on = device_from_name(device);
  state_ = std::make_unique<State>(load_checkpoint(folder, CheckpointPart::kAverage), on, precision, choice);
}
Converter::~Converter() = default;

Swapped Converter::convert(const torch::Tensor& faces_nhwc) const {
  check_faces(faces_nhwc);
  const at::NoGradGuard no_gradients;
  const NetworkConfig& sizes = state_->header.preset.network;
  torch::Tensor crops = faces_nhwc.to(state_->device).permute({0, 3, 1, 2}).to(torch::kFloat32).contiguous();
  if (faces_nhwc.scalar_type() == torch::kUInt8) crops = crops / 255;
  const std::int64_t side = crops.size(2);
  const Window& window = state_->header.window;
  const torch::Tensor codes = state_->network.encode(network_input(crops, window, sizes));
  const Decoded swap = state_->network.decode(codes, state_->identity, state_->share);
  const torch::Tensor inside = pasted(at::ones_like(swap.mask_nchw), window, side, true) > 0.5;
  const torch::Tensor image = at::where(inside, pasted(swap.image_nchw, window, side, false), crops);
  const torch::Tensor soft = swap.mask_nchw * edge_ramp(swap.mask_nchw.size(2), swap.mask_nchw.options());
  const torch::Tensor mask = pasted(soft, window, side, true) * inside;
  return {image.permute({0, 2, 3, 1}).to(torch::kCPU).contiguous(),
          mask.squeeze(1).to(torch::kCPU).contiguous()};
}

const std::string& Converter::likeness() const {
  return state_->header.preset.network.likenesses[state_->identity];
}
const ModelHeader& Converter::header() const {
  return state_->header;
}
const std::filesystem::path& Converter::file() const {
  return state_->file;
}
const std::string& Converter::note() const {
  return state_->note;
}

std::int64_t Converter::native_px() const {
  return std::lround(static_cast<double>(state_->header.preset.network.output_px) /
                     state_->header.window.side);
}

}  // namespace understudy::model
