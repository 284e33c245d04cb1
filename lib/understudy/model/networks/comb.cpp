#include "understudy/model/networks/blocks.h"
#include "understudy/model/networks/table.h"

namespace understudy::model {

NetworkPlan comb(const NetworkConfig& config) {
  PartBuilder encoder = encoder_builder(config);
  encoder.dense("inter.code", config.code_size);
  add_unfolding(encoder, config, "inter", config.inter_channels);
  NetworkPlan plan;
  plan.encoder = encoder.take();
  const auto add = [&](const std::string& name, const std::vector<std::int64_t>& widths) {
    plan.routes.push_back({.decoder = plan.decoders.size()});
    plan.decoders.push_back(decoder_part(config, name, config.inter_channels, widths));
  };
  for (const std::string& name : config.likenesses) add("likeness." + name, config.decoder_channels);
  for (const std::string& name : config.performers) add("performer." + name, performer_widths(config));
  return plan;
}

}  // namespace understudy::model
