#include "understudy/model/network.h"

#include <torch/torch.h>

#include <cmath>
#include <numeric>

#include "understudy/core/error.h"
#include "understudy/core/seeds.h"
#include "understudy/core/text.h"
#include "understudy/model/augment.h"

namespace understudy::model {
namespace {

constexpr double kSlope = 0.1, kResidualSlope = 0.2;
constexpr std::int64_t kPictureChannels = 4;  // B, G, R, mask

std::int64_t code_map_px(const NetworkConfig& config) {
  return config.output_px >> (config.likeness_channels.size() + 1);
}

class LayoutBuilder {
 public:
  void add(const std::string& name, std::vector<std::int64_t> shape, double gain = 1) {
    const std::int64_t outputs = shape[0];
    append(name + ".weight", std::move(shape), gain);
    append(name + ".bias", {outputs}, 0);
  }

  void add_decoder(const std::string& name, std::int64_t inputs, const std::vector<std::int64_t>& channels,
                   bool residual) {
    for (std::size_t i = 0; i < channels.size(); inputs = channels[i++]) {
      const std::string block = text(name, ".", i);
      add(block + ".up", {4 * channels[i], inputs, 3, 3});
      if (!residual) continue;
      add(block + ".first", {channels[i], channels[i], 3, 3});
      add(block + ".second", {channels[i], channels[i], 3, 3},
          0.1);  // the block begins close to the identity
    }
    add(name + ".picture", {4 * kPictureChannels, inputs, 3, 3}, 0.3);
  }

  WeightLayout take() { return std::move(layout_); }

 private:
  void append(std::string name, std::vector<std::int64_t> shape, double gain) {
    const std::int64_t count =
        std::accumulate(shape.begin(), shape.end(), std::int64_t{1}, std::multiplies<std::int64_t>());
    layout_.entries.push_back({std::move(name), std::move(shape), layout_.total, count, gain});
    layout_.total += count;
  }

  WeightLayout layout_;
};

std::size_t first_named(const WeightLayout& layout, std::string_view prefix) {
  std::size_t i = 0;
  while (i < layout.entries.size() && !layout.entries[i].name.starts_with(prefix)) ++i;
  return i;
}

/// Sub-pixel doubling (Shi et al. 2016): N x 4C x H x W to N x C x 2H x 2W. The four sub-pixels lie before
/// the channels, so that in channels-last memory whole runs are moved; libtorch's pixel_shuffle has them the
/// other way round.
torch::Tensor doubled(const torch::Tensor& x) {
  const std::int64_t n = x.size(0), c = x.size(1) / 4, h = x.size(2), w = x.size(3);
  const torch::Tensor parts = x.permute({0, 2, 3, 1}).reshape({n, h, w, 2, 2, c});
  return parts.permute({0, 1, 3, 2, 4, 5}).reshape({n, 2 * h, 2 * w, c}).permute({0, 3, 1, 2});
}

}  // namespace

WeightLayout weight_layout(const NetworkConfig& config) {
  LayoutBuilder builder;
  std::int64_t inputs = 3, side = config.input_px;
  for (std::size_t i = 0; i < config.encoder_channels.size();
       inputs = config.encoder_channels[i++], side /= 2)
    builder.add(text("encoder.", i), {config.encoder_channels[i], inputs, 5, 5});
  const std::int64_t map_px = code_map_px(config);
  builder.add("inter.code", {config.code_size, inputs * side * side}, 0.7);
  builder.add("inter.map", {map_px * map_px * config.inter_channels, config.code_size}, 0.7);
  builder.add_decoder("likeness", config.inter_channels, config.likeness_channels, config.residual);
  builder.add_decoder("performer", config.inter_channels, config.performer_channels, config.residual);
  return builder.take();
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
  const torch::NoGradGuard no_gradients;
  const std::vector<torch::Tensor> views = weight_views(layout, flat);
  for (std::size_t i = 0; i < views.size(); ++i) {
    const std::string name = text(prefix, layout.entries[i].name);
    const torch::Tensor* tensor = file.find(name);
    if (!tensor) throw Error(ErrorCode::kFormat, text(where, ": the tensor '", name, "' is missing"));
    if (tensor->sizes() != views[i].sizes() || !tensor->is_floating_point()) {
      throw Error(ErrorCode::kFormat,
                  text(where, ": the tensor '", name, "' is ", tensor->scalar_type(), " ", tensor->sizes(),
                       ", floating-point ", views[i].sizes(), " was expected"));
    }
    views[i].copy_(*tensor);
  }
}

Network::Network(const NetworkConfig& config, const torch::Tensor& flat, torch::ScalarType working_type,
                 bool trainable)
    : config_(config), working_type_(working_type) {
  const WeightLayout layout = weight_layout(config);
  weights_ = weight_views(layout, flat);
  first_likeness_ = first_named(layout, "likeness.");
  first_performer_ = first_named(layout, "performer.");
  if (!trainable) {
    for (torch::Tensor& weight : weights_) weight = weight.to(working_type_);
    return;
  }
  flat_gradients_ = torch::zeros_like(flat);
  const std::vector<torch::Tensor> gradients = weight_views(layout, flat_gradients_);
  for (std::size_t i = 0; i < weights_.size(); ++i) {
    weights_[i] = weights_[i].detach().requires_grad_(true);
    weights_[i].mutable_grad() = gradients[i];
  }
}

torch::Tensor Network::conv(const torch::Tensor& input, std::size_t& next, std::int64_t stride) const {
  const torch::Tensor weight = weights_[next++].to(working_type_);
  const torch::Tensor bias = weights_[next++].to(working_type_);
  return at::conv2d(input, weight, bias, stride, weight.size(2) / 2);
}

torch::Tensor Network::linear(const torch::Tensor& input, std::size_t& next) const {
  const torch::Tensor weight = weights_[next++].to(working_type_);
  const torch::Tensor bias = weights_[next++].to(working_type_);
  return at::linear(input, weight, bias);
}

torch::Tensor Network::encode(const torch::Tensor& images_nchw) const {
  std::size_t next = 0;
  torch::Tensor x = (images_nchw - 0.5).to(working_type_).contiguous(at::MemoryFormat::ChannelsLast);
  for (std::size_t i = 0; i < config_.encoder_channels.size(); ++i) {
    x = conv(x, next, 2);
    at::leaky_relu_(x, kSlope);
  }
  // Flattened in the memory's order, rows and columns before channels, so that nothing is moved.
  x = x.permute({0, 2, 3, 1}).reshape({x.size(0), -1});
  return linear(linear(x, next), next);
}

Decoded Network::decode(const torch::Tensor& codes, Side side) const {
  const bool likeness = side == Side::kLikeness;
  std::size_t next = likeness ? first_likeness_ : first_performer_;
  const std::size_t doublings = (likeness ? config_.likeness_channels : config_.performer_channels).size();
  const std::int64_t map_px = code_map_px(config_);
  torch::Tensor x = codes.view({codes.size(0), map_px, map_px, config_.inter_channels}).permute({0, 3, 1, 2});
  for (std::size_t i = 0; i < doublings; ++i) {
    x = conv(x, next, 1);
    x = doubled(at::leaky_relu_(x, kSlope));
    if (!config_.residual) continue;
    torch::Tensor first = conv(x, next, 1);
    at::leaky_relu_(first, kResidualSlope);
    torch::Tensor sum = conv(first, next, 1).add_(x);
    x = at::leaky_relu_(sum, kResidualSlope);
  }
  const torch::Tensor picture = at::sigmoid(doubled(conv(x, next, 1).to(torch::kFloat32)).contiguous());
  return {picture.narrow(1, 0, 3), picture.narrow(1, 3, 1)};
}

}  // namespace understudy::model
