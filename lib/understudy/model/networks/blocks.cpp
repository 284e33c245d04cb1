#include "understudy/model/networks/blocks.h"

#include "understudy/core/text.h"

namespace understudy::model {

PartBuilder& PartBuilder::add(std::string name, LayerKind kind, std::int64_t channels_out,
                              std::int64_t px_out, std::int64_t kernel) {
  part_.push_back({std::move(name), kind, channels_, channels_out, px_, px_out, kernel});
  channels_ = channels_out;
  px_ = px_out;
  return *this;
}

PartBuilder& PartBuilder::conv(const std::string& name, std::int64_t channels_out) {
  return add(name, LayerKind::kConv, channels_out, px_ / 2, 5);
}
PartBuilder& PartBuilder::residual(const std::string& name) {
  return add(name, LayerKind::kResidual, channels_, px_, 3);
}
PartBuilder& PartBuilder::flatten() {
  return add("", LayerKind::kFlatten, channels_ * px_ * px_, 1);
}
PartBuilder& PartBuilder::pixel_norm() {
  return add("", LayerKind::kPixelNorm, channels_, 1);
}
PartBuilder& PartBuilder::dense(const std::string& name, std::int64_t size) {
  return add(name, LayerKind::kDense, size, 1);
}
PartBuilder& PartBuilder::map(std::int64_t channels, std::int64_t px) {
  return add("", LayerKind::kMap, channels, px);
}
PartBuilder& PartBuilder::up(const std::string& name, std::int64_t channels_out) {
  return add(name, LayerKind::kUp, channels_out, px_ * 2, 3);
}
PartBuilder& PartBuilder::picture(const std::string& name, std::int64_t kernel, bool doubled) {
  constexpr std::int64_t kPictureChannels = 4;
  return add(name, LayerKind::kPicture, kPictureChannels, doubled ? px_ * 2 : px_, kernel);
}

PartBuilder encoder_builder(const NetworkConfig& config) {
  PartBuilder builder(3, config.input_px);
  const std::size_t last = config.encoder_channels.size() - 1;
  for (std::size_t i = 0; i <= last; ++i) {
    builder.conv(text("encoder.", i), config.encoder_channels[i]);
    if (config.has("deep") && (i == 0 || i == last)) builder.residual(text("encoder.", i, ".residual"));
  }
  builder.flatten();
  if (config.has("pixel-norm")) builder.pixel_norm();
  return builder;
}

namespace {

bool doubles_map(const NetworkConfig& config) {
  return !config.has("flat-inter") && !config.has("deep");
}

}  // namespace

std::int64_t map_px(const NetworkConfig& config) {
  const int doublings = static_cast<int>(config.decoder_channels.size()) + (doubles_map(config) ? 1 : 0) +
                        (config.has("double-resolution") ? 1 : 0);
  return config.output_px >> doublings;
}

void add_unfolding(PartBuilder& builder, const NetworkConfig& config, const std::string& name,
                   std::int64_t channels) {
  const std::int64_t px = map_px(config);
  builder.dense(name + ".map", px * px * config.inter_channels).map(config.inter_channels, px);
  if (doubles_map(config)) builder.up(name + ".up", channels);
}

Part decoder_part(const NetworkConfig& config, const std::string& name, std::int64_t channels_in,
                  const std::vector<std::int64_t>& widths) {
  PartBuilder builder(channels_in, map_px(config) * (doubles_map(config) ? 2 : 1));
  for (std::size_t i = 0; i < widths.size(); ++i) {
    const std::string block = text(name, ".", i);
    builder.up(block + ".up", widths[i]);
    if (!config.has("plain")) builder.residual(block);
  }
  const bool doubled = config.has("double-resolution");
  const std::int64_t kernel = config.architecture == "original" ? 5 : doubled ? 3 : 1;
  return builder.picture(name + ".picture", kernel, doubled).take();
}

const std::vector<std::int64_t>& performer_widths(const NetworkConfig& config) {
  return config.performer_channels.empty() ? config.decoder_channels : config.performer_channels;
}

}  // namespace understudy::model
