#pragma once

#include <torch/csrc/distributed/c10d/Store.hpp>

#include <string>
#include <vector>

#include "understudy/model/distributed/environment.h"

namespace understudy::model {

/// Where the ranks meet: a store of keys and values that rank 0, torchrun or a shared file serves.
class Meeting {
 public:
  /// Comes there and waits for all the others. Throws Error kResource, naming those who are missing.
  explicit Meeting(const RankEnvironment& environment);

  const c10::intrusive_ptr<c10d::Store>& store() const { return store_; }
  bool on_one_host() const;

  /// For when the ranks lost each other: who does not answer, after some seconds at most. Each rank that is
  /// left asks once, and gets the same answer: rank 0's, or {0} when that does not answer.
  std::vector<int> missing_ranks() noexcept;

 private:
  void open();
  void wait_for_all();
  std::vector<int> without(const std::string& key) const;
  std::vector<int> wait_for(const std::string& key, std::chrono::milliseconds patience) const;

  const RankEnvironment environment_;
  c10::intrusive_ptr<c10d::Store> store_;
  std::vector<std::string> hosts_;
};

}  // namespace understudy::model
