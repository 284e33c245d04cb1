#pragma once

#include <cstdint>

namespace understudy::model {

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
  /// A number on the buffers' device that scales the gradient, too: a norm that the program has not read.
  const float* scale_there = nullptr;
};

}  // namespace understudy::model
