#include "understudy/model/networks/blocks.h"
#include "understudy/model/networks/table.h"

namespace understudy::model {

NetworkPlan original(const NetworkConfig& config) {
  PartBuilder encoder = encoder_builder(config);
  encoder.dense("inter.code", config.code_size);
  const std::int64_t halved = config.inter_channels / 2;
  add_unfolding(encoder, config, "inter", halved);
  NetworkPlan plan;
  plan.encoder = encoder.take();
  plan.decoders = {decoder_part(config, "likeness", halved, config.decoder_channels),
                   decoder_part(config, "performer", halved, performer_widths(config))};
  plan.routes = {{.decoder = 0}, {.decoder = 1}};
  return plan;
}

}  // namespace understudy::model
