#include "understudy/model/starting_network.h"

#include <torch/types.h>

#include <algorithm>

#include "understudy/model/checkpoint.h"
#include "understudy/model/losses.h"

namespace understudy::model {
namespace {

constexpr double kLightSigma = 0.02;  // in sides of the picture: the shadow of a nose, not an eyelid
constexpr double kDarkest = 0.02;
constexpr double kLightest = 1.5;  // limit of the log gain

}  // namespace

StartingNetwork::StartingNetwork(const NetworkConfig& config, const torch::Tensor& flat,
                                 torch::ScalarType working_type)
    : layout_(weight_layout(config)), flat_(flat.clone()), network_(config, flat_, working_type, false) {}

torch::Tensor StartingNetwork::relit(const torch::Tensor& targets_nchw, const torch::Tensor& codes,
                                     const torch::Tensor& moved, std::size_t identity) const {
  const at::NoGradGuard no_gradients;
  const auto brightness = [&](const torch::Tensor& of) {
    return (network_.decode(of, identity).image_nchw + kDarkest).log();
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
