#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "understudy/core/json.h"
#include "understudy/model/discriminators.h"
#include "understudy/model/learner.h"
#include "understudy/model/network_plan.h"
#include "understudy/model/presets.h"

namespace understudy::model {

/// What discriminators look at, of one batch.
struct Judged {
  torch::Tensor made_nchw, real_nchw;             ///< likenesses' reconstructions and targets, masked
  torch::Tensor likeness_codes, performer_codes;  ///< what the encoder says of both sides
};

/// The discriminators that a training's configuration asks for, with their own optimisers: one judges the
/// likenesses' pictures (`adversarial`), one tells from the code whose face it is (`code_adversarial`). Each
/// begins afresh when it is first asked for.
class Adversary {
 public:
  Adversary(const NetworkConfig& network, std::uint64_t seed, torch::Device device,
            torch::ScalarType working_type);

  static bool wanted(const TrainingConfig& config) {
    return config.adversarial > 0 || config.code_adversarial > 0;
  }

  /// What the network is to lower, weighted; a scalar.
  torch::Tensor fooling(const TrainingConfig& config, const Judged& judged);
  /// Adds to the discriminators' gradients.
  void judge(const TrainingConfig& config, const Judged& judged, double share);
  void zero_gradients();
  void update(double rate);
  /// The flat gradients of the discriminators that are at work, and what their optimisers know.
  std::vector<torch::Tensor> gradients() const;
  std::vector<torch::Tensor> buffers() const;

  void append_to(NamedTensors& tensors) const;
  /// Takes up the discriminators that the file holds. Throws Error kFormat, naming `where`.
  void fill_from(const TensorFile& file, std::string_view where);
  Json to_json() const;
  void take_up(const Json& json, std::string_view where);

  /// A copy on the CPU, and back.
  struct Copy {
    std::optional<OptimizerState> patch, code;
  };
  Copy copy() const;
  void restore(const Copy& copy);

 private:
  template <class Judge>
  struct Player {
    Learner learner;
    Judge judge;
    std::int64_t updates = 0;
  };
  Player<PatchDiscriminator>& patch();
  Player<CodeDiscriminator>& code();

  std::uint64_t seed_;
  torch::Device device_;
  torch::ScalarType working_type_;
  std::int64_t picture_px_, code_channels_, code_px_;
  std::unique_ptr<Player<PatchDiscriminator>> patch_;
  std::unique_ptr<Player<CodeDiscriminator>> code_;
};

}  // namespace understudy::model
