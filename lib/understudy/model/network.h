#pragma once

#include <torch/types.h>

#include <cstdint>
#include <vector>

#include "understudy/model/weights.h"

namespace understudy::model {

/// A picture and its mask as the network gives them.
struct Decoded {
  torch::Tensor image_nchw;  ///< float32, 0..1, BGR
  torch::Tensor mask_nchw;   ///< float32, 0..1, one channel
};

/// Runs a plan. Identities are numbered as the plan's routes: the likenesses, then the performers.
class Network {
 public:
  /// `flat`: a buffer of weight_layout(config).total, used in place. With `trainable`, gradients() collects
  /// them. `working_type`: see device.h.
  Network(const NetworkConfig& config, const torch::Tensor& flat, torch::ScalarType working_type,
          bool trainable);
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  /// `images_nchw`: float32, 0..1, N x 3 x input_px x input_px, BGR. Returns the codes, for decode().
  torch::Tensor encode(const torch::Tensor& images_nchw) const;
  /// Pictures of output_px; a performer's decoder may give smaller ones. `own_share_nc11` (N or 1 x C x 1 x
  /// 1, C the channels between inter and decoder): how much of each channel comes from the identity's own
  /// inter where its route can be mixed; undefined: all.
  Decoded decode(const torch::Tensor& codes, std::size_t identity,
                 const torch::Tensor& own_share_nc11 = {}) const;
  Decoded forward(const torch::Tensor& images_nchw, std::size_t identity) const {
    return decode(encode(images_nchw), identity);
  }

  const NetworkPlan& plan() const { return plan_; }
  /// The flat gradient, same places as the weights; filled by backward(), to be zeroed by the caller.
  /// Trainable only.
  const torch::Tensor& gradients() const { return flat_gradients_; }
  /// In the layout's order; trainable ones are leaves whose gradients lie in gradients().
  const std::vector<torch::Tensor>& weights() const { return weights_; }

 private:
  /// A part's layers with the place of its first weight.
  struct PlacedPart {
    const Part* layers;
    std::size_t first_weight;
  };
  torch::Tensor run(const PlacedPart& part, torch::Tensor x) const;
  /// A weight in the type and format of the work.
  torch::Tensor at_work(const torch::Tensor& weight) const;
  torch::Tensor conv(const torch::Tensor& input, std::size_t& next, std::int64_t stride) const;
  /// What follows a convolution.
  struct Activated {
    std::int64_t stride = 1;
    double slope = 0;  ///< of the leaky ReLU
    bool doubles = false;
    torch::Tensor residual = {};  ///< added before it; or undefined
  };
  torch::Tensor activated_conv(const torch::Tensor& input, std::size_t& next, const Activated& how) const;
  torch::Tensor inter_map(const torch::Tensor& codes, const Route& route,
                          const torch::Tensor& own_share) const;

  NetworkPlan plan_;
  torch::ScalarType working_type_;
  at::MemoryFormat format_;  ///< of pictures and convolutions' weights at work
  std::vector<torch::Tensor> weights_;
  torch::Tensor flat_gradients_;
  PlacedPart encoder_;
  std::vector<PlacedPart> inters_, decoders_;
};

/// 1 x C x 1 x 1 for decode(): the first `morph` (0..1) of the channels are the likeness' own, the others the
/// performer's. Undefined for a network whose first likeness cannot be mixed.
torch::Tensor morph_share(const NetworkPlan& plan, double morph);

}  // namespace understudy::model
