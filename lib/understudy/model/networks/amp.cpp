#include "understudy/model/networks/blocks.h"
#include "understudy/model/networks/table.h"

namespace understudy::model {
namespace {

Part inter(const NetworkConfig& config, const std::string& name) {
  PartBuilder builder(config.code_size, 1);
  add_unfolding(builder, config, name, config.inter_channels);
  return builder.take();
}

}  // namespace

NetworkPlan amp(const NetworkConfig& config) {
  PartBuilder encoder = encoder_builder(config);
  encoder.dense("inter.code", config.code_size);
  NetworkPlan plan;
  plan.encoder = encoder.take();
  plan.inters = {inter(config, "inter_likeness"), inter(config, "inter_performer")};
  plan.decoders = {decoder_part(config, "decoder", config.inter_channels, config.decoder_channels)};
  plan.routes = {{.inters = {0}, .mixed_with = 1}, {.inters = {1}}};
  return plan;
}

}  // namespace understudy::model
