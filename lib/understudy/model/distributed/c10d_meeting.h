#pragma once

#include <torch/csrc/distributed/c10d/Store.hpp>

#include <chrono>
#include <optional>
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

  /// For others to read before this rank goes: why it ends with that exit code.
  void leave(int code, const std::string& why) noexcept;

  struct Farewell {
    int rank, code;
    std::string why;
  };
  struct RollCall {
    std::vector<int> missing;          ///< ranks that do not answer
    std::optional<Farewell> farewell;  ///< of the first rank that has said why it goes
  };
  /// For when the ranks lost each other. Every rank that is left calls it once and hears the same: what rank
  /// 0 found after `patience`, or that rank 0 is missing when it does not say.
  RollCall call_roll(std::chrono::milliseconds patience) noexcept;

 private:
  void open();
  void wait_for_all();
  std::vector<int> without(const std::string& key) const;
  std::vector<int> wait_for(const std::string& key, std::chrono::milliseconds patience) const;
  std::vector<int> lead_roll_call(std::chrono::milliseconds patience);
  std::vector<int> hear_roll_call(std::chrono::milliseconds patience);
  std::optional<Farewell> farewell() const;

  const RankEnvironment environment_;
  c10::intrusive_ptr<c10d::Store> store_;
  std::vector<std::string> hosts_;
};

}  // namespace understudy::model
