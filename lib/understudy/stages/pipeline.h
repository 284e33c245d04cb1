#pragma once

#include <algorithm>
#include <cstddef>
#include <deque>
#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <thread>
#include <utility>
#include <vector>

#include "understudy/core/bounded_queue.h"

namespace understudy::stages {

/// What happens to the items of a pipeline, in the order of the functions.
template <class Item>
struct PipelineSteps {
  std::function<std::optional<Item>()> make;  ///< on a thread of its own; nothing: there are no more
  std::function<void(Item&)> work;            ///< on several threads
  /// On several threads, when the items up to `radius` before and after it had their work done, which are
  /// given in order with the item itself among them. Others read and finish at the same time: what one of
  /// them reads of another must not be written here. May be absent.
  std::function<void(Item&, const std::vector<const Item*>& around)> finish;
  std::function<bool(Item&)> take;  ///< on the caller's thread, in order; false: stop here
  std::size_t radius = 0;
};

/// Runs all of it at once, with `threads` for work and finish. At most 2 * `threads` + `radius` + 3 items
/// wait to be taken; those taken live on while they are around others, so `take` should let go of what is
/// large. The first exception in the items' order is thrown here, after all before it were taken.
template <class Item>
void run_pipeline(int threads, const PipelineSteps<Item>& steps) {
  struct Task {
    std::optional<Item> item;
    std::promise<void> worked, finished;
    std::vector<std::shared_ptr<Task>> around;  ///< known when it is to be finished
    bool to_finish = false;
  };
  using TaskPtr = std::shared_ptr<Task>;
  BoundedQueue<TaskPtr> in_order(static_cast<std::size_t>(threads) + 1);
  BoundedQueue<TaskPtr> to_do(static_cast<std::size_t>(threads) + 1);

  const auto make_all = [&] {
    for (bool more = true; more;) {
      auto task = std::make_shared<Task>();
      try {
        task->item = steps.make();
        more = task->item.has_value();
      } catch (...) {
        task->worked.set_exception(std::current_exception());
        in_order.push(task);
        break;
      }
      if (more) more = in_order.push(task) && to_do.push(task);
    }
    in_order.close();
  };
  const auto finish = [&](Task& task) {
    const std::vector<TaskPtr> kept = std::exchange(task.around, {});  // they hold each other no longer
    std::vector<const Item*> around;
    for (const TaskPtr& other : kept) around.push_back(&*other->item);
    if (steps.finish) steps.finish(*task.item, around);
  };
  const auto work_all = [&] {
    while (const auto task = to_do.pop()) {
      std::promise<void>& done = (*task)->to_finish ? (*task)->finished : (*task)->worked;
      try {
        (*task)->to_finish ? finish(**task) : steps.work(*(*task)->item);
        done.set_value();
      } catch (...) {
        done.set_exception(std::current_exception());
      }
    }
  };

  std::vector<std::jthread> helpers;
  struct CloseBoth {
    BoundedQueue<TaskPtr>&a, &b;
    ~CloseBoth() {
      a.close();
      b.close();
    }
  } close_both{in_order, to_do};  // on every way out, so that the helpers end and can be joined
  helpers.emplace_back(make_all);
  for (int i = 0; i < threads; ++i) helpers.emplace_back(work_all);

  std::deque<TaskPtr> worked;  ///< those that may still be around others
  std::deque<TaskPtr> finishing;
  std::size_t next = 0;  ///< the first of `worked` that is not being finished yet
  std::exception_ptr failure;
  bool more = true;
  const auto start_finishing = [&] {
    const TaskPtr task = worked[next];
    const std::size_t begin = next > steps.radius ? next - steps.radius : 0;
    const std::size_t end = std::min(next + steps.radius + 1, worked.size());
    for (std::size_t i = begin; i < end; ++i) task->around.push_back(worked[i]);
    task->to_finish = true;
    finishing.push_back(task);
    to_do.push(task);
    ++next;
    for (; next > steps.radius; --next) worked.pop_front();
  };
  const auto take_first = [&] {
    const TaskPtr task = finishing.front();
    finishing.pop_front();
    task->finished.get_future().get();
    return steps.take(*task->item);
  };
  while (more) {
    const auto task = failure ? std::nullopt : in_order.pop();
    if (task) {
      try {
        (*task)->worked.get_future().get();
        worked.push_back(*task);
      } catch (...) {
        failure = std::current_exception();
      }
    }
    const bool last = failure || !task;
    while (next < worked.size() && (last || worked.size() > next + steps.radius)) {
      start_finishing();
      if (finishing.size() > static_cast<std::size_t>(threads) && !take_first()) return;
    }
    more = !last;
  }
  while (!finishing.empty())
    if (!take_first()) return;
  if (failure) std::rethrow_exception(failure);
}

}  // namespace understudy::stages
