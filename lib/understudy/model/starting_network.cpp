#include "understudy/model/starting_network.h"

#include <torch/types.h>

#include <algorithm>

#include "understudy/core/error.h"
#include "understudy/core/text.h"
#include "understudy/model/checkpoint.h"
#include "understudy/model/losses.h"

namespace understudy::model {
namespace {

// Sigmas are in sides of the picture.
constexpr double kLightSigma = 0.013;  // the shadow of a nose, not an eyelid
constexpr double kDarkest = 0.02;
constexpr double kLightest = 1.5;        // limit of the log gain
constexpr double kFeatureSigma = 0.05;   // of what a feature stands out from
constexpr double kFeatureSpread = 0.02;  // how far beside it the picture says little
constexpr double kFeatureContrast = 0.2;
constexpr double kBrowSigma = 0.025,
                 kBrowBelow = 0.02;  // a brow around its landmarks, which are on its upper edge
constexpr double kBrowShare = 0.9;   // of its light that is taken from around it
constexpr double kAroundBrow = 0.06;

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

torch::Tensor blurred(const torch::Tensor& images_nchw, double sigma) {
  return gaussian_blurred(images_nchw, sigma * static_cast<double>(images_nchw.size(2)));
}

/// N x 1 x S x S: how much brows, eyes and lips stand out there, in log brightness.
torch::Tensor features_in(const torch::Tensor& log_nchw) {
  const torch::Tensor grey = log_nchw.mean(1, true);
  return (grey - blurred(grey, kFeatureSigma)).abs();
}

torch::Tensor weighted_blur(const torch::Tensor& images_nchw, const torch::Tensor& weight, double sigma) {
  return blurred(images_nchw * weight, sigma) / blurred(weight, sigma);
}

/// N x 1 x px x px, 0 to kBrowShare.
torch::Tensor brows_at(const torch::Tensor& landmarks_n682, std::int64_t px) {
  constexpr std::int64_t kFirstBrowPoint = 17, kBrowPoints = 10;
  torch::Tensor points = landmarks_n682.narrow(1, kFirstBrowPoint, kBrowPoints).clone();
  points.select(2, 1) += kBrowBelow;
  return map_around(points, kBrowSigma, px) * kBrowShare;
}

}  // namespace

torch::Tensor light_between(const torch::Tensor& before_nchw, const torch::Tensor& after_nchw,
                            const torch::Tensor& landmarks_n682) {
  const torch::Tensor before = (before_nchw + kDarkest).log(), after = (after_nchw + kDarkest).log();
  const torch::Tensor features = blurred(features_in(before) + features_in(after), kFeatureSpread);
  const torch::Tensor weight = 1 / (1 + (features / kFeatureContrast).square()).square();
  const torch::Tensor light = weighted_blur(after - before, weight, kLightSigma);
  if (!landmarks_n682.defined()) return light;
  const torch::Tensor brows = brows_at(landmarks_n682, light.size(2));
  return light + (weighted_blur(after - before, 1 - brows, kAroundBrow) - light) * brows;
}

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
              "give --from base without --from-parts, or --set augment.code_shift=0");
}

torch::Tensor StartingNetwork::relit(const torch::Tensor& targets_nchw, const torch::Tensor& codes,
                                     const torch::Tensor& moved, std::size_t identity,
                                     const torch::Tensor& landmarks_n682) const {
  const at::NoGradGuard no_gradients;
  const std::size_t known = identity < config_.likenesses.size() ? identity : 0;
  torch::Tensor gain = light_between(network_.decode(codes, known).image_nchw,
                                     network_.decode(moved, known).image_nchw, landmarks_n682);
  const std::int64_t px = targets_nchw.size(2);
  if (gain.size(2) != px) gain = at::upsample_bilinear2d(gain, {px, px}, false);
  return (targets_nchw * gain.clamp_(-kLightest, kLightest).exp_()).clamp_(0, 1);
}

void StartingNetwork::append_to(NamedTensors& tensors) const {
  NamedTensors own = named_weights(layout_, flat_, CheckpointPart::kStart);
  std::ranges::move(own, std::back_inserter(tensors));
}

}  // namespace understudy::model
