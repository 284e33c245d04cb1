#pragma once

#include <torch/types.h>

#include <cstdint>

namespace understudy::faces {

/// Random numbers for a batch, one a picture, made on its device. From libtorch's own generator:
/// at::manual_seed().
class Draw {
 public:
  Draw(std::int64_t count, torch::Device device)
      : count_(count), options_(at::TensorOptions(at::kFloat).device(device)) {}

  std::int64_t count() const { return count_; }
  const at::TensorOptions& options() const { return options_; }

  /// count
  torch::Tensor uniform(double low, double high) const {
    return at::rand({count_}, options_).mul_(high - low).add_(low);
  }
  torch::Tensor log_uniform(double low, double high) const;
  torch::Tensor normal(double deviation) const { return at::randn({count_}, options_).mul_(deviation); }
  /// True with that probability.
  torch::Tensor chance(double probability) const { return at::rand({count_}, options_) < probability; }
  /// 0 to below `limit`, int64.
  torch::Tensor index(std::int64_t limit) const {
    return at::randint(limit, {count_}, options_.dtype(at::kLong));
  }

 private:
  std::int64_t count_;
  at::TensorOptions options_;
};

/// count x 1 x 1 x 1, to be used with pictures.
inline torch::Tensor for_pictures(const torch::Tensor& numbers) {
  return numbers.view({-1, 1, 1, 1});
}

}  // namespace understudy::faces
