#pragma once

#include <torch/types.h>

#include <cstdint>
#include <memory>

#include "understudy/core/error.h"
#include "understudy/model/distributed/environment.h"

namespace understudy::model {

/// What a group speaks through. All ranks make the same calls in the same order. Tensors are contiguous,
/// float32, float64 or int64, on the channel's device, and stay untouched until the call's wait() is over.
/// Whatever fails because another rank is gone or silent throws Error kStopped with that rank's number.
class Channel {
 public:
  virtual ~Channel() = default;

  enum class Reduction { kSum, kMax };
  using Ticket = std::uint64_t;
  /// Begins to replace `tensor` by the reduction over all ranks: the same bits on each.
  virtual Ticket reduce(const torch::Tensor& tensor, Reduction reduction) = 0;
  /// Begins to replace `tensor` by rank `root`'s.
  virtual Ticket broadcast(const torch::Tensor& tensor, int root) = 0;
  /// Each ticket once.
  virtual void wait(Ticket ticket) = 0;
  /// Tells the others why this rank ends: what they do next throws an Error of that code. Returns when they
  /// know, or after some seconds. The channel is of no use from then on.
  virtual void leave(const Error& why) noexcept = 0;
};

/// Meets the other ranks: Gloo for the CPU, NCCL for CUDA. Throws Error kResource when this build cannot do
/// that or when the others do not come.
std::unique_ptr<Channel> open_channel(const RankEnvironment& environment, torch::Device device);

}  // namespace understudy::model
