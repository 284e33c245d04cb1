#pragma once

#include <torch/types.h>

#include <cstdint>

#include "understudy/core/table.h"
#include "understudy/model/presets.h"

namespace understudy::model {

/// The flat buffers an update works on; all float32 of one length and device.
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
};

using Update = void (*)(OptimizerState& state, const torch::Tensor& gradient, const UpdateRule& rule);

/// To add one: its per-weight formula, a function and a row in optimizer.cpp; the tests walk the table.
const Table<Update>& optimizers();

/// Linear warm-up, then a cosine from 1 to `final_rate` over `progress` (0..1), times the preset's rate.
double learning_rate(const TrainingConfig& config, std::int64_t iteration, double progress);
/// Strength of the warp and of what moves the input alone, 1 down to 0 over the first half of the tail.
double disturbance(const TrainingConfig& config, double progress);
/// Decay of the average: small in the first steps, so that it forgets the start.
double average_decay(const TrainingConfig& config, std::int64_t iteration);
/// What brings a gradient of that norm down to the limit; 1 when it is below or the limit is 0.
double clip_scale(double norm, double limit);

}  // namespace understudy::model
