#include "understudy/model/networks/blocks.h"
#include "understudy/model/networks/table.h"

namespace understudy::model {

NetworkPlan original(const NetworkConfig& config) {
  PartBuilder encoder = encoder_builder(config);
  encoder.dense("inter.code", config.code_size);
  add_unfolding(encoder, config, "inter", config.inter_channels / 2);
  const std::int64_t channels = encoder.channels();  // not halved where the map is not doubled
  NetworkPlan plan;
  plan.encoder = encoder.take();
  plan.decoders = {decoder_part(config, "likeness", channels, config.decoder_channels),
                   decoder_part(config, "performer", channels, performer_widths(config))};
  plan.routes = {{.decoder = 0}, {.decoder = 1}};
  return plan;
}

}  // namespace understudy::model
