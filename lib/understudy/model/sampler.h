#pragma once

#include <torch/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace understudy::model {

/// In which order a person's faces are drawn: an endless sequence of epochs, each as long as there are faces,
/// shuffled anew. A function of the seed and the place in the sequence alone, so that any number of
/// processes, each with its part of every batch, draw what one would.
class Sampler {
 public:
  /// `poses`: float32, N x 2, yaw and pitch in degrees. With `balance` 0 each face comes once an epoch; with
  /// 1 each bin of yaw and pitch (kBinDeg wide) comes equally often, its faces in turn; between, a mixture.
  Sampler(const torch::Tensor& poses, double balance, std::uint64_t seed, std::string name);

  /// The faces at the places [first, first + count) of the sequence.
  std::vector<std::int64_t> at(std::int64_t first, std::int64_t count);

  static constexpr double kBinDeg = 10;

 private:
  const std::vector<std::int64_t>& epoch(std::int64_t number);

  std::vector<double> shares_;  ///< how often each face comes in an epoch, summed up
  std::uint64_t seed_;
  std::string name_;
  std::int64_t made_ = -1;  ///< number of the epoch in order_
  std::vector<std::int64_t> order_;
};

}  // namespace understudy::model
