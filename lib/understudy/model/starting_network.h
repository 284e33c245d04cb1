#pragma once

#include <string_view>

#include "understudy/model/network.h"
#include "understudy/model/safetensors.h"

namespace understudy::model {

/// The network that a training began from, kept as it was, while its decoders learn another face. What it
/// makes of a face before and after the face's code was moved tells how the light changes by the move: who is
/// seen is the same in both.
class StartingNetwork {
 public:
  /// `flat`: as Network's; copied.
  StartingNetwork(const NetworkConfig& config, const torch::Tensor& flat, torch::ScalarType working_type);

  /// `targets_nchw` (float32, 0..1, of any size) in the light that codes have when they are moved from
  /// `codes` to `moved`: times the ratio of the two pictures, slightly blurred.
  torch::Tensor relit(const torch::Tensor& targets_nchw, const torch::Tensor& codes,
                      const torch::Tensor& moved, std::size_t identity) const;

  const torch::Tensor& weights() const { return flat_; }
  void append_to(NamedTensors& tensors) const;

 private:
  WeightLayout layout_;
  torch::Tensor flat_;
  Network network_;
};

}  // namespace understudy::model
