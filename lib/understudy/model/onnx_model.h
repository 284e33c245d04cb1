#pragma once

#include <torch/types.h>

#include <cstddef>
#include <map>
#include <optional>
#include <string>

#include "understudy/model/network_config.h"

namespace understudy::model {

/// What Network::forward() computes for one identity, as an ONNX file: the input `face` (float32, N x 3 x
/// input_px x input_px, 0..1, BGR), the outputs `swap` (N x 3 x its decoder's side, squared) and `mask` (N x
/// 1 x the same), each 0..1. `weights`: as the network's, on the CPU; what the identity does not need is left
/// out. `morph` (0..1): how much of the channels comes from the identity's own inter, see morph_share();
/// nothing: all. Throws Error kUsage when the identity cannot be morphed, kResource beyond 2 GiB.
std::string onnx_model(const NetworkConfig& config, const torch::Tensor& weights, std::size_t identity,
                       std::optional<double> morph, const std::string& description,
                       const std::map<std::string, std::string>& metadata);

}  // namespace understudy::model
