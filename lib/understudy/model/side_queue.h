#pragma once

#include <torch/types.h>

#include <functional>
#include <memory>

namespace understudy::model {

/// Who has one of his own.
inline constexpr int kSidePersons = 0, kSideFaces = 1;

/// A second queue of a GPU's work, whose small pieces fill the gaps that those of the current queue leave.
/// Its work and the current queue's run in any order, but for what follow() and join() say. On other devices
/// what is put aside is done at once.
class SideQueue {
 public:
  /// Those of one number and device are one queue.
  SideQueue(torch::Device device, int number);
  ~SideQueue();
  SideQueue(const SideQueue&) = delete;
  SideQueue& operator=(const SideQueue&) = delete;

  /// What is put aside from now on begins after all that the current queue holds at this moment.
  void follow();
  /// A tensor made by the current queue is to be read aside; undefined ones are passed over.
  void lend(const torch::Tensor& tensor) const;
  /// Puts aside what `work` asks of the device.
  void run(const std::function<void()>& work) const;
  /// What the current queue gets from now on begins after all that was put aside.
  void join() const;
  /// A tensor made aside is to be read by the current queue, which has joined; undefined ones are passed
  /// over.
  void take(const torch::Tensor& tensor) const;

 private:
  struct Stream;
  std::unique_ptr<Stream> stream_;  ///< null on other devices
};

}  // namespace understudy::model
