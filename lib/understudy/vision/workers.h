#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <opencv2/core/utility.hpp>
#include <vector>

#include "understudy/core/parallel.h"

namespace understudy::vision {

/// `first` and its twins, `count` in all.
template <class Worker>
std::vector<std::unique_ptr<Worker>> make_twins(std::unique_ptr<Worker> first, int count) {
  std::vector<std::unique_ptr<Worker>> out;
  for (int i = 1; i < count; ++i) out.push_back(first->twin());
  out.push_back(std::move(first));
  return out;
}

/// While it lives, OpenCV uses so many threads for each call: one when the calls themselves run side by side.
class ThreadsPerCall {
 public:
  explicit ThreadsPerCall(int threads) : before_(cv::getNumThreads()) { cv::setNumThreads(threads); }
  ~ThreadsPerCall() { cv::setNumThreads(before_); }
  ThreadsPerCall(const ThreadsPerCall&) = delete;
  ThreadsPerCall& operator=(const ThreadsPerCall&) = delete;

 private:
  int before_;
};

/// Calls work(worker, i) for every i in [0, count), each worker on a thread of its own. Exceptions are thrown
/// again here.
template <class Worker, class Work>
void share_out(std::vector<std::unique_ptr<Worker>>& workers, std::int64_t count, Work&& work) {
  const ThreadsPerCall one_thread(1);
  std::atomic<std::int64_t> next{0};
  const auto threads = static_cast<std::int64_t>(workers.size());
  parallel_for(threads, static_cast<int>(threads), [&](std::int64_t slot) {
    for (std::int64_t i = next++; i < count; i = next++) work(*workers[static_cast<std::size_t>(slot)], i);
  });
}

}  // namespace understudy::vision
