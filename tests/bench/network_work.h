#pragma once

#include "understudy/model/network.h"

namespace understudy::bench {

/// Floating-point operations of one face through a network forwards, two for each multiply-add, counted from
/// its layers.
struct NetworkWork {
  double encode = 0;  ///< the encoder and the bottleneck
  double decode_likeness = 0, decode_performer = 0;
};
NetworkWork network_work(const model::NetworkConfig& config);

}  // namespace understudy::bench
