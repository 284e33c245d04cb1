#pragma once

#include <torch/types.h>

#include <memory>
#include <string>
#include <vector>

#include "understudy/model/distributed/channel.h"
#include "understudy/model/distributed/environment.h"

namespace understudy::model {

/// The processes that train one model together. All of them make the same calls in the same order; one thread
/// uses the group at a time. A group of one does nothing and costs nothing.
///
/// When another rank is gone, or silent for longer than the environment's patience, a call throws Error
/// kStopped, which names it. The group is of no use from then on.
class Group {
 public:
  /// One process, alone.
  Group() = default;
  /// Meets the others. `device_name`: see device_from_name(), of the tensors that sum() and broadcast() take.
  /// Throws Error kResource when the others do not come, or when this build knows no way to them.
  Group(const RankEnvironment& environment, const std::string& device_name);
  ~Group();
  Group(Group&&) noexcept = default;
  Group& operator=(Group&&) noexcept = default;

  int rank() const { return environment_.rank; }
  int size() const { return environment_.size; }
  /// The one that writes files and speaks.
  bool leads() const { return rank() == 0; }
  /// "auto" and "cuda" as this rank's own of its host's GPUs: "cuda:1".
  std::string device_name(const std::string& asked) const;

  /// Replaces a contiguous float32, float64 or int64 tensor by the sum over all ranks, the same bits on each.
  void sum(const torch::Tensor& tensor) { end_sum(begin_sum(tensor)); }
  /// The same, while other work goes on: the tensor stays untouched between the two. Sums end in the order in
  /// which they began.
  Channel::Ticket begin_sum(const torch::Tensor& tensor);
  void end_sum(Channel::Ticket ticket);
  /// Replaces the tensor by rank `root`'s.
  void broadcast(const torch::Tensor& tensor, int root = 0);
  /// Returns when all ranks have come here.
  void barrier();

  /// The sums of plain numbers, one call for all of them.
  std::vector<double> sums(const std::vector<double>& values);
  /// True on all ranks when it is true on one.
  bool any(bool here);
  /// Rank 0's text.
  std::string from_leader(const std::string& text);
  /// True when the tensor's bits are the same on all ranks (by a checksum of 64 bits).
  bool agree_on(const torch::Tensor& tensor);

  /// Before this rank ends by an error that is its own: the others end with the same code, instead of finding
  /// that it is gone. Does nothing when they have lost each other already.
  void leave(const Error& why) noexcept;

 private:
  RankEnvironment environment_;
  torch::Device device_ = torch::kCPU;
  std::unique_ptr<Channel> channel_;
};

}  // namespace understudy::model
