#pragma once

#include <torch/types.h>

#include <cstdint>

#include "understudy/core/table.h"

namespace understudy::model {

/// The flat buffers an update works on; all float32 of one length and device, or the same part of each.
/// `rmsprop` leaves the first moment as it is, `lion` the second.
struct OptimizerState {
  torch::Tensor weights;
  torch::Tensor average;  ///< moving average of the weights
  torch::Tensor first_moment, second_moment;
};

/// One update's numbers.
struct UpdateRule {
  double rate, beta1, beta2, weight_decay;
  double gradient_scale;  ///< from the clipping
  double average_decay;
  std::int64_t step;  ///< from 1
  /// 0..0.99: each weight stays as it is with this probability, while its moments go on. Which ones is a
  /// function of `seed`, `step` and the weight's place alone, not of threads, parts or device.
  double rate_dropout = 0;
  std::uint64_t seed = 0;
  std::int64_t first_index = 0;  ///< place of the buffers' first weight, when they are part of larger ones
};

using Update = void (*)(OptimizerState& state, const torch::Tensor& gradient, const UpdateRule& rule);

struct Optimizer {
  Update on_cpu;      ///< one pass over memory
  Update by_tensors;  ///< by libtorch's operations, for any device

  void operator()(OptimizerState& state, const torch::Tensor& gradient, const UpdateRule& rule) const {
    (state.weights.is_cpu() ? on_cpu : by_tensors)(state, gradient, rule);
  }
};

/// To add one: its formula for a weight, the same on tensors, and a row in optimizer.cpp; the tests walk the
/// table.
const Table<Optimizer>& optimizers();

}  // namespace understudy::model
