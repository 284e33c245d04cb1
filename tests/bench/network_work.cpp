#include "bench/network_work.h"

#include "understudy/core/error.h"
#include "understudy/core/text.h"

namespace understudy::bench {
namespace {

/// Every weight of a layer is used once for each pixel of what the layer gives. `name`: "encoder.2.weight",
/// "likeness.0.up.weight", "likeness.0.first.weight", "likeness.picture.weight".
std::int64_t side_after(const model::NetworkConfig& config, const std::string& name, std::size_t doublings) {
  const std::int64_t map_px = config.output_px >> (config.likeness_channels.size() + 1);
  const std::string layer = name.substr(name.find('.') + 1);
  if (name.starts_with("inter.")) return 1;
  if (layer.starts_with("picture.")) return map_px << doublings;
  const int block = std::stoi(layer);
  if (name.starts_with("encoder.")) return config.input_px >> (block + 1);
  // A doubling is a convolution to four times the channels, then a reordering.
  return map_px << (layer.find(".up.") != std::string::npos ? block : block + 1);
}

}  // namespace

NetworkWork network_work(const model::NetworkConfig& config) {
  NetworkWork work;
  for (const auto& entry : model::weight_layout(config).entries) {
    if (entry.shape.size() < 2) continue;  // a bias
    const bool performer = entry.name.starts_with("performer."),
               likeness = entry.name.starts_with("likeness.");
    const auto side = static_cast<double>(side_after(
        config, entry.name, (performer ? config.performer_channels : config.likeness_channels).size()));
    const double flops = 2 * static_cast<double>(entry.count) * side * side;
    (performer ? work.decode_performer : likeness ? work.decode_likeness : work.encode) += flops;
  }
  return work;
}

}  // namespace understudy::bench
