#pragma once

#include <torch/types.h>

#include <cstdint>
#include <string>
#include <vector>

#include "understudy/model/presets.h"
#include "understudy/model/safetensors.h"

namespace understudy::model {

enum class Side { kLikeness, kPerformer };

/// Where each weight lies in one flat float32 buffer, so that optimiser and average are single passes over
/// memory.
struct WeightLayout {
  struct Entry {
    std::string name;
    std::vector<std::int64_t>
        shape;  ///< convolutions O x I x K x K, stored channels-last; products O x I; biases O
    std::int64_t offset = 0, count = 0;
    double gain = 1;  ///< initial spread relative to Kaiming's
  };
  std::vector<Entry> entries;
  std::int64_t total = 0;
};

WeightLayout weight_layout(const NetworkConfig& config);

/// A flat buffer with initial weights: Kaiming normal, biases 0; a function of the seed alone.
torch::Tensor initial_weights(const WeightLayout& layout, std::uint64_t seed);

/// Views into `flat`, one for each entry, in the layout's order and memory format.
std::vector<torch::Tensor> weight_views(const WeightLayout& layout, const torch::Tensor& flat);

/// The entries of `flat`, each named `prefix` + its name, for a file.
NamedTensors named_weights(const WeightLayout& layout, const torch::Tensor& flat, std::string_view prefix);

/// Copies the tensors of those names, of any floating type, into `flat`. Throws Error kFormat, naming
/// `where`, when one is missing or of another shape.
void fill_weights(const WeightLayout& layout, const torch::Tensor& flat, const TensorFile& file,
                  std::string_view prefix, std::string_view where);

/// A picture and its mask as the network gives them.
struct Decoded {
  torch::Tensor image_nchw;  ///< float32, 0..1, BGR
  torch::Tensor mask_nchw;   ///< float32, 0..1, one channel
};

/// A shared encoder and bottleneck and two decoders, the DF scheme of DeepFaceLab (Perov et al. 2020, arXiv
/// 2005.05535): 5x5 convolutions of stride 2, two products without activation between them, then doublings by
/// sub-pixel convolution (Shi et al. 2016) with residual blocks. The last doubling gives four channels: the
/// picture and its mask. The swap is the likeness' decoder on the performer's code.
class Network {
 public:
  /// `flat`: a buffer of weight_layout(config).total, used in place. With `trainable`, gradients() collects
  /// them. `working_type`: see device.h.
  Network(const NetworkConfig& config, const torch::Tensor& flat, torch::ScalarType working_type,
          bool trainable);

  /// `images_nchw`: float32, 0..1, N x 3 x input_px x input_px, BGR. Returns the codes, for decode().
  torch::Tensor encode(const torch::Tensor& images_nchw) const;
  /// Pictures of output_px; the performer's decoder may give smaller ones.
  Decoded decode(const torch::Tensor& codes, Side side) const;
  Decoded forward(const torch::Tensor& images_nchw, Side side) const {
    return decode(encode(images_nchw), side);
  }

  /// The flat gradient, same places as the weights; filled by backward(), to be zeroed by the caller.
  /// Trainable only.
  const torch::Tensor& gradients() const { return flat_gradients_; }

 private:
  torch::Tensor conv(const torch::Tensor& input, std::size_t& next, std::int64_t stride) const;
  torch::Tensor linear(const torch::Tensor& input, std::size_t& next) const;

  NetworkConfig config_;
  torch::ScalarType working_type_;
  std::vector<torch::Tensor> weights_;
  torch::Tensor flat_gradients_;
  std::size_t first_likeness_ = 0, first_performer_ = 0;  ///< where the decoders' weights begin
};

}  // namespace understudy::model
