#pragma once

#include <string_view>

#include "understudy/model/network.h"
#include "understudy/model/safetensors.h"

namespace understudy::model {

/// The log gain, N x 3 x S x S and slightly blurred, that brings the light of one picture of a face to
/// another (N x 3 x S x S, 0..1). Brows, eyes and lips that lie elsewhere in the other are no light: where
/// either picture has something that stands out, what is around it says more, and at brows almost alone where
/// landmarks (as in TrainingBatch, or undefined) tell where they are.
torch::Tensor light_between(const torch::Tensor& before_nchw, const torch::Tensor& after_nchw,
                            const torch::Tensor& landmarks_n682 = {});

/// The network that a training began from, kept as it was, while its decoders learn another face. What it
/// makes of a face before and after the face's code was moved tells how the light changes by the move: who is
/// seen is the same in both.
class StartingNetwork {
 public:
  /// Of the tensors in `file` whose names begin with `prefix`; decoders of performers may be missing. Throws
  /// Error kFormat, naming `where`, as fill_weights() does.
  StartingNetwork(const NetworkConfig& config, const TensorFile& file, std::string_view prefix,
                  std::string_view where, const torch::Device& device, torch::ScalarType working_type);

  /// Throws Error kUsage, with `where` it is from, unless a network of `config` with the weights `flat` makes
  /// the very codes that this one makes.
  void check_makes_codes_of(const NetworkConfig& config, const torch::Tensor& flat,
                            std::string_view where) const;

  /// `targets_nchw` (float32, 0..1, of any size) in the light that codes have when they are moved from
  /// `codes` to `moved`: by light_between() its pictures of both and the targets' landmarks. Likenesses that
  /// it does not know are seen as its first.
  torch::Tensor relit(const torch::Tensor& targets_nchw, const torch::Tensor& codes,
                      const torch::Tensor& moved, std::size_t identity,
                      const torch::Tensor& landmarks_n682 = {}) const;

  const NetworkConfig& config() const { return config_; }
  void append_to(NamedTensors& tensors) const;

 private:
  NetworkConfig config_;
  WeightLayout layout_;
  torch::Tensor flat_;
  Network network_;
};

}  // namespace understudy::model
