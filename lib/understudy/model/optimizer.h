#pragma once

#include <torch/types.h>

#include "understudy/core/table.h"
#include "understudy/model/update_rule.h"

namespace understudy::model {

/// The flat buffers an update works on; all float32 of one length and device, or the same part of each.
/// `rmsprop` leaves the first moment as it is, `lion` the second.
struct OptimizerState {
  torch::Tensor weights;
  torch::Tensor average;  ///< moving average of the weights
  torch::Tensor first_moment, second_moment;
};

using Update = void (*)(OptimizerState& state, const torch::Tensor& gradient, const UpdateRule& rule);

/// One pass over memory.
struct Optimizer {
  Update on_cpu;
  Update on_gpu;  ///< throws Error kBug in a build without CUDA

  void operator()(OptimizerState& state, const torch::Tensor& gradient, const UpdateRule& rule) const {
    (state.weights.is_cpu() ? on_cpu : on_gpu)(state, gradient, rule);
  }
};

/// To add one: its formula in update_formulas.h, its line in gpu_update.cu and a row in optimizer.cpp; the
/// tests walk the table.
const Table<Optimizer>& optimizers();

}  // namespace understudy::model
