#include "understudy/model/network.h"

#include <ATen/Context.h>
#include <torch/types.h>

#include <cmath>

#include "understudy/core/error.h"
#include "understudy/core/text.h"
#include "understudy/model/activation.h"
#include "understudy/model/dense.h"
#include "understudy/model/device.h"

namespace understudy::model {
namespace {

constexpr double kSlope = 0.1, kResidualSlope = 0.2;

/// at::conv2d with edges of zeros. It takes other loops for one small picture than for several, and for one
/// thread than for several, and rounds differently there: a face would depend on its batch. oneDNN's do not.
torch::Tensor convolved(const torch::Tensor& input, const torch::Tensor& weight, const torch::Tensor& bias,
                        std::int64_t stride) {
  const std::int64_t edge = weight.size(2) / 2;
  const bool by_one_dnn = input.is_cpu() && input.scalar_type() == torch::kFloat32 && at::hasMKLDNN() &&
                          at::globalContext().userEnabledMkldnn();
  if (!by_one_dnn) return at::conv2d(input, weight, bias, stride, edge);
  return at::mkldnn_convolution(input, weight, bias, {edge, edge}, {stride, stride}, {1, 1}, 1);
}

/// at::sigmoid. A processor's takes other steps for what is left over at the end of a thread's share: a face
/// would depend on the number of threads. Those of exp() do not, but its gradient overflows.
torch::Tensor squashed(const torch::Tensor& x) {
  const bool by_steps = x.is_cpu() && !x.requires_grad();
  return by_steps ? (at::exp(-x) + 1).reciprocal_() : at::sigmoid(x);
}

std::size_t weights_of(const Layer& layer) {
  if (layer.kind == LayerKind::kResidual) return 4;
  return layer.name.empty() ? 0 : 2;
}

}  // namespace

Network::Network(const NetworkConfig& config, const torch::Tensor& flat, torch::ScalarType working_type,
                 bool trainable)
    : plan_(network_plan(config)),
      working_type_(working_type),
      format_(picture_format(working_type, flat.device())) {
  const WeightLayout layout = weight_layout(plan_);
  std::size_t next = 0;
  const auto placed = [&](const Part& part) {
    const PlacedPart out{&part, next};
    for (const Layer& layer : part) next += weights_of(layer);
    return out;
  };
  encoder_ = placed(plan_.encoder);
  for (const Part& part : plan_.inters) inters_.push_back(placed(part));
  for (const Part& part : plan_.decoders) decoders_.push_back(placed(part));
  weights_ = weight_views(layout, flat);
  if (!trainable) {
    for (torch::Tensor& weight : weights_) weight = at_work(weight);
    return;
  }
  flat_gradients_ = torch::zeros_like(flat);
  const std::vector<torch::Tensor> gradients = weight_views(layout, flat_gradients_);
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    weights_[i] = weights_[i].detach().requires_grad_(true);
    weights_[i].mutable_grad() = gradients[i];
  }
}

torch::Tensor Network::at_work(const torch::Tensor& weight) const {
  return weight.dim() == 4 ? weight.to(working_type_, false, false, format_) : weight.to(working_type_);
}

torch::Tensor Network::conv(const torch::Tensor& input, std::size_t& next, std::int64_t stride) const {
  const torch::Tensor weight = at_work(weights_[next++]);
  const torch::Tensor bias = at_work(weights_[next++]);
  return convolved(input, weight, bias, stride);
}

torch::Tensor Network::activated_conv(const torch::Tensor& input, std::size_t& next,
                                      const Activated& how) const {
  if (activates_at_once(input)) {
    const torch::Tensor weight = at_work(weights_[next++]);
    const torch::Tensor& bias = weights_[next++];
    return activated(at::conv2d(input, weight, {}, how.stride, weight.size(2) / 2), bias, how.residual,
                     how.slope, how.doubles);
  }
  torch::Tensor x = conv(input, next, how.stride);
  if (how.residual.defined()) x.add_(how.residual);
  at::leaky_relu_(x, how.slope);
  return how.doubles ? doubled(x, format_) : x;
}

torch::Tensor Network::run(const PlacedPart& part, torch::Tensor x) const {
  std::size_t next = part.first_weight;
  for (const Layer& layer : *part.layers) {
    switch (layer.kind) {
      case LayerKind::kConv:
        x = activated_conv(x, next, {.stride = 2, .slope = kSlope});
        break;
      case LayerKind::kResidual: {
        const torch::Tensor first = activated_conv(x, next, {.slope = kResidualSlope});
        x = activated_conv(first, next, {.slope = kResidualSlope, .residual = x});
        break;
      }
      case LayerKind::kFlatten:  // in the memory's order, so that nothing is moved
        x = x.permute({0, 2, 3, 1}).reshape({x.size(0), -1});
        break;
      case LayerKind::kPixelNorm: {
        const torch::Tensor wide = x.to(torch::kFloat32);
        x = (wide * (wide.square().mean(1, true) + 1e-6).rsqrt()).to(working_type_);
        break;
      }
      case LayerKind::kDense: {
        const torch::Tensor weight = at_work(weights_[next++]);
        const torch::Tensor bias = at_work(weights_[next++]);
        x = dense(x, weight, bias);
        break;
      }
      case LayerKind::kMap:
        x = x.view({x.size(0), layer.px_out, layer.px_out, layer.channels_out})
                .permute({0, 3, 1, 2})
                .contiguous(format_);
        break;
      case LayerKind::kUp:
        x = activated_conv(x, next, {.slope = kSlope, .doubles = true});
        break;
      case LayerKind::kPicture: {
        x = conv(x, next, 1).to(torch::kFloat32);
        if (layer.px_out > layer.px_in) x = doubled(x, format_);
        x = squashed(x.contiguous());
        break;
      }
    }
  }
  return x;
}

torch::Tensor Network::encode(const torch::Tensor& images_nchw) const {
  return run(encoder_, (images_nchw - 0.5).to(working_type_).contiguous(format_));
}

torch::Tensor Network::inter_map(const torch::Tensor& codes, const Route& route,
                                 const torch::Tensor& own_share) const {
  std::vector<torch::Tensor> maps;
  for (std::size_t i = 0; i < route.inters.size(); ++i)
    maps.push_back(i > 0 && route.inters[i] == route.inters[i - 1] ? maps.back()
                                                                   : run(inters_[route.inters[i]], codes));
  torch::Tensor own = maps.size() == 1 ? maps[0] : at::cat(maps, 1);
  if (route.mixed_with < 0 || !own_share.defined()) return own;
  const torch::Tensor other = run(inters_[static_cast<std::size_t>(route.mixed_with)], codes);
  return other + (own - other) * own_share.to(own.device(), own.scalar_type());
}

Decoded Network::decode(const torch::Tensor& codes, std::size_t identity,
                        const torch::Tensor& own_share_nc11) const {
  const Route& route = plan_.routes.at(identity);
  const torch::Tensor map = route.inters.empty() ? codes : inter_map(codes, route, own_share_nc11);
  const torch::Tensor picture = run(decoders_[route.decoder], map);
  return {picture.narrow(1, 0, 3), picture.narrow(1, 3, 1)};
}

torch::Tensor morph_share(const NetworkPlan& plan, double morph) {
  if (plan.routes.front().mixed_with < 0) return {};
  const std::int64_t channels = plan.decoders.front().front().channels_in;
  torch::Tensor share = at::zeros({1, channels, 1, 1}, torch::kFloat32);
  share.narrow(1, 0, std::llround(morph * static_cast<double>(channels))).fill_(1);
  return share;
}

}  // namespace understudy::model
