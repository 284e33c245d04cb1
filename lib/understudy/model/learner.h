#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "understudy/model/optimizer.h"
#include "understudy/model/weights.h"

namespace understudy::model {

/// A network's weights and what an optimiser keeps of them.
class Learner {
 public:
  /// Fresh weights, as the seed says. `prefix`, "" or "NAME.", goes before the names of checkpoint_parts.
  Learner(WeightLayout layout, std::string prefix, std::uint64_t seed, torch::Device device);

  const WeightLayout& layout() const { return layout_; }
  const torch::Tensor& weights() const { return buffers_.weights; }
  const torch::Tensor& average() const { return buffers_.average; }
  /// Everything it knows, flat: weights, average, moments.
  std::vector<torch::Tensor> buffers() const {
    return {buffers_.weights, buffers_.average, buffers_.first_moment, buffers_.second_moment};
  }

  /// Weights whose names begin like one of `names` stay as they are from now on. Throws Error kUsage for a
  /// name that no weight begins with, or when no weight is left to learn.
  void freeze(const std::vector<std::string>& names);
  /// Whether the layout's entry of that number is not frozen.
  bool moves(std::size_t entry) const;
  /// L2 norm of the part of the gradient that moves something; a scalar on its device.
  torch::Tensor gradient_norm(const torch::Tensor& gradient) const;
  void update(const Optimizer& optimizer, const torch::Tensor& gradient, UpdateRule rule);

  void append_to(NamedTensors& tensors) const;
  /// Throws Error kFormat, naming `where`.
  void fill_from(const TensorFile& file, std::string_view where);
  /// Weights and average alone, of the names that begin like one of `parts`; empty: all. The rest of the
  /// state begins anew. Throws Error kFormat, naming `where`.
  void fill_average_from(const TensorFile& file, const std::vector<std::string>& parts,
                         std::string_view where);
  void forget_moments();

  /// A copy on the same device, since the way to another costs a tenth of a training's time, and back.
  OptimizerState copy() const;
  void restore(const OptimizerState& copy);

 private:
  struct Range {
    std::int64_t first, count;
  };

  WeightLayout layout_;
  std::string prefix_;
  OptimizerState buffers_;
  std::vector<Range> moving_;  ///< what is not frozen
};

}  // namespace understudy::model
