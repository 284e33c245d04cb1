#pragma once

#include <exception>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <thread>
#include <vector>

#include "understudy/core/bounded_queue.h"

namespace understudy::stages {

/// Three things at once: `make` on a thread of its own, `work` on `threads` others, and `take` here, in the
/// order of `make`. Ends when `make` gives nothing or `take` says false. At most `threads` + 3 items are on
/// their way. The first exception in the items' order is thrown here, after all before it were taken.
template <class Item>
void ordered_pipeline(int threads, const std::function<std::optional<Item>()>& make,
                      const std::function<void(Item&)>& work, const std::function<bool(Item&)>& take) {
  struct Task {
    std::optional<Item> item;
    std::promise<void> done;
  };
  using TaskPtr = std::shared_ptr<Task>;
  BoundedQueue<TaskPtr> in_order(static_cast<std::size_t>(threads) + 1);
  BoundedQueue<TaskPtr> to_do(static_cast<std::size_t>(threads) + 1);

  const auto make_all = [&] {
    for (bool more = true; more;) {
      auto task = std::make_shared<Task>();
      try {
        task->item = make();
        more = task->item.has_value();
      } catch (...) {
        task->done.set_exception(std::current_exception());
        in_order.push(task);
        break;
      }
      if (more) more = in_order.push(task) && to_do.push(task);
    }
    in_order.close();
    to_do.close();
  };
  const auto work_all = [&] {
    while (const auto task = to_do.pop()) {
      try {
        work(*(*task)->item);
        (*task)->done.set_value();
      } catch (...) {
        (*task)->done.set_exception(std::current_exception());
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
  while (const auto task = in_order.pop()) {
    (*task)->done.get_future().get();
    if (!take(*(*task)->item)) break;
  }
}

}  // namespace understudy::stages
