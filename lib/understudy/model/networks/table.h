#pragma once

#include "understudy/model/network_plan.h"

namespace understudy::model {

/// One encoder and bottleneck, a decoder for each of the two: DeepFaceLab's DF (Perov et al. 2020, arXiv
/// 2005.05535). The swap is the likeness' decoder on the performer's code.
NetworkPlan df(const NetworkConfig& config);
/// DeepFaceLab's LIAE: one inter that sees both and one for the performer alone, side by side, and one
/// decoder. The swap is the shared inter twice.
NetworkPlan liae(const NetworkConfig& config);
/// DeepFaceLab's AMP: an inter for each of the two and one decoder. In training, part of the likeness'
/// channels come from the performer's inter, so that later any mixture of the two can be decoded.
NetworkPlan amp(const NetworkConfig& config);
/// The first autoencoder of the field: no residual blocks, a 5x5 convolution at the end.
NetworkPlan original(const NetworkConfig& config);
/// One encoder, a decoder for each of any number of people (Naruniec et al. 2020, CGF 39(4)).
NetworkPlan comb(const NetworkConfig& config);

}  // namespace understudy::model
