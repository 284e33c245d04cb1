#include "understudy/model/networks/blocks.h"
#include "understudy/model/networks/table.h"

namespace understudy::model {
namespace {

Part inter(const NetworkConfig& config, const std::string& name, std::int64_t flat_size) {
  PartBuilder builder(flat_size, 1);
  builder.dense(name + ".code", config.code_size);
  add_unfolding(builder, config, name, config.inter_channels);
  return builder.take();
}

}  // namespace

NetworkPlan liae(const NetworkConfig& config) {
  PartBuilder encoder = encoder_builder(config);
  const std::int64_t flat_size = encoder.channels();
  NetworkPlan plan;
  plan.encoder = encoder.take();
  plan.inters = {inter(config, "inter_both", flat_size), inter(config, "inter_performer", flat_size)};
  plan.decoders = {decoder_part(config, "decoder", 2 * config.inter_channels, config.decoder_channels)};
  plan.routes = {{.inters = {0, 0}}, {.inters = {1, 0}}};
  return plan;
}

}  // namespace understudy::model
