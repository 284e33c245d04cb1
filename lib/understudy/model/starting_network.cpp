#include "understudy/model/starting_network.h"

#include <torch/types.h>

#include <algorithm>

#include "understudy/core/error.h"
#include "understudy/core/text.h"
#include "understudy/model/checkpoint.h"
#include "understudy/model/losses.h"

namespace understudy::model {
namespace {

constexpr double kLightSigma = 0.02;  // in sides of the picture: the shadow of a nose, not an eyelid
constexpr double kDarkest = 0.02;
constexpr double kLightest = 1.5;  // limit of the log gain

torch::Tensor weights_in(const TensorFile& file, const WeightLayout& layout, std::string_view prefix,
                         std::string_view where) {
  WeightLayout held;
  for (const WeightLayout::Entry& entry : layout.entries)
    if (!entry.name.starts_with("performer") || file.find(text(prefix, entry.name)))
      held.entries.push_back(entry);
  held.total = layout.total;
  torch::Tensor flat = at::zeros({layout.total});
  fill_weights(held, flat, file, prefix, where);
  return flat;
}

}  // namespace

StartingNetwork::StartingNetwork(const NetworkConfig& config, const TensorFile& file, std::string_view prefix,
                                 std::string_view where, const torch::Device& device,
                                 torch::ScalarType working_type)
    : config_(config),
      layout_(weight_layout(config)),
      flat_(weights_in(file, layout_, prefix, where).to(device)),
      network_(config, flat_, working_type, false) {}

void StartingNetwork::check_makes_codes_of(const NetworkConfig& config, const torch::Tensor& flat,
                                           std::string_view where) const {
  NetworkPlan until_codes = network_plan(config_);
  until_codes.decoders.clear();  // whose weights come last
  const std::int64_t count = weight_layout(until_codes).total;
  if (same_codes(config, config_) && flat.narrow(0, 0, count).equal(flat_.narrow(0, 0, count))) return;
  throw Error(ErrorCode::kUsage, text("moving codes (code_shift) needs the whole encoder of ", where),
              "give --from base without --from-parts, or --set code_shift=0");
}

torch::Tensor StartingNetwork::relit(const torch::Tensor& targets_nchw, const torch::Tensor& codes,
                                     const torch::Tensor& moved, std::size_t identity) const {
  const at::NoGradGuard no_gradients;
  const std::size_t known = identity < config_.likenesses.size() ? identity : 0;
  const auto brightness = [&](const torch::Tensor& of) {
    return (network_.decode(of, known).image_nchw + kDarkest).log();
  };
  torch::Tensor gain = brightness(moved) - brightness(codes);
  gain = gaussian_blurred(gain, kLightSigma * static_cast<double>(gain.size(2)));
  const std::int64_t px = targets_nchw.size(2);
  if (gain.size(2) != px) gain = at::upsample_bilinear2d(gain, {px, px}, false);
  return (targets_nchw * gain.clamp_(-kLightest, kLightest).exp_()).clamp_(0, 1);
}

void StartingNetwork::append_to(NamedTensors& tensors) const {
  NamedTensors own = named_weights(layout_, flat_, CheckpointPart::kStart);
  std::ranges::move(own, std::back_inserter(tensors));
}

}  // namespace understudy::model
