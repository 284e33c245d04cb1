#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "understudy/core/table.h"
#include "understudy/model/network_config.h"

namespace understudy::model {

enum class LayerKind {
  kConv,       ///< convolution, then LeakyReLU(.1)
  kResidual,   ///< 3x3, LeakyReLU(.2), 3x3, plus the input, LeakyReLU(.2)
  kFlatten,    ///< N x C x S x S to N x CSS, rows and columns before channels
  kPixelNorm,  ///< x / sqrt(mean(x^2) + 1e-6) over a flat code (Karras et al. 2018)
  kDense,      ///< a product, nothing after it
  kMap,        ///< N x CSS back to N x C x S x S
  kUp,         ///< 3x3 to four times the channels, LeakyReLU(.1), sub-pixel doubling (Shi et al. 2016)
  kPicture,    ///< convolution to blue, green, red and mask, sub-pixel doubling if px_out is larger, sigmoid
};

/// One step of a part. A flat code counts as channels of 1 pixel.
struct Layer {
  std::string
      name;  ///< its weights are name.weight, name.bias; of a residual block name.first.*, name.second.*
  LayerKind kind = LayerKind::kConv;
  std::int64_t channels_in = 0, channels_out = 0;
  std::int64_t px_in = 0, px_out = 0;
  std::int64_t kernel = 0;

  bool operator==(const Layer&) const = default;
};

using Part = std::vector<Layer>;

/// How one identity's picture is made from what the encoder says.
struct Route {
  std::vector<std::size_t> inters =
      {};  ///< parts whose outputs are laid side by side; none: the encoder's output
  /// The part whose channels may stand in for those of `inters`, for morphing; -1: none.
  std::int64_t mixed_with = -1;
  std::size_t decoder = 0;
};

/// What there is to compute, before anything is allocated: every architecture is an encoder that all share,
/// parts between it and the decoders, decoders, and a route through them for each identity.
struct NetworkPlan {
  Part encoder;
  std::vector<Part> inters;
  std::vector<Part> decoders;
  std::vector<Route> routes;  ///< the likenesses', then the performers', in the config's order
};

using Architecture = NetworkPlan (*)(const NetworkConfig& config);

/// To add one: networks/NAME.cpp and a row in networks/table.cpp; the tests walk the table.
const Table<Architecture>& architectures();

/// The plan of a config that check_network_config() accepts.
NetworkPlan network_plan(const NetworkConfig& config);

/// Whether both make codes of one shape by the same layers, whatever their decoders make of them.
bool same_codes(const NetworkConfig& a, const NetworkConfig& b);

/// Throws Error kFormat, naming `where`, when the sizes do not fit each other, or the architecture or a
/// variant is not known.
void check_network_config(const NetworkConfig& config, const std::string& where);

}  // namespace understudy::model
