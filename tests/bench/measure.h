#pragma once

#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <functional>
#include <limits>
#include <map>
#include <string>
#include <vector>

#include "bench/limits.h"
#include "understudy/core/text.h"

namespace understudy::bench {

using Clock = std::chrono::steady_clock;

inline double seconds_since(Clock::time_point start) {
  return std::chrono::duration<double>(Clock::now() - start).count();
}

/// Of the quickest of `tries` calls.
template <class Work>
double least_seconds(int tries, Work&& work) {
  double least = std::numeric_limits<double>::infinity();
  for (int i = 0; i < tries; ++i) {
    const auto start = Clock::now();
    work();
    least = std::min(least, seconds_since(start));
  }
  return least;
}

/// The least that was ever measured for each key.
template <class Key>
class LeastEver {
 public:
  template <class Measure>
  double of(const Key& key, Measure&& measure) {
    double& least = least_.try_emplace(key, std::numeric_limits<double>::infinity()).first->second;
    return least = std::min(least, measure());
  }

 private:
  std::map<Key, double> least_;
};

/// What one call of a benchmark does.
struct Job {
  const char* unit;      ///< of what it processes: "frames"
  double count;          ///< how many of them
  double limit_seconds;  ///< what the machine needs for it at best; 0: it has no limit
};

/// Repeats `work` as often as Google Benchmark asks, and reports UNIT_per_second, limit_ms and of_limit: the
/// speed as a part of the limit.
template <class Work>
void repeat(benchmark::State& state, const Job& job, Work&& work) {
  const auto start = Clock::now();
  for (auto _ : state) {
    auto result = work();
    benchmark::DoNotOptimize(result);
  }
  const double seconds = seconds_since(start) / static_cast<double>(state.iterations());
  state.counters[text(job.unit, "_per_second")] = job.count / seconds;
  if (job.limit_seconds == 0) return;
  state.counters["limit_ms"] = job.limit_seconds * 1e3;
  state.counters["of_limit"] = job.limit_seconds / seconds;
}

/// Registers a benchmark once for each number of threads, by the wall clock, in milliseconds. `body` makes
/// what it needs and calls repeat().
inline void add(const std::string& name, const std::vector<int>& threads,
                const std::function<void(benchmark::State&, int)>& body) {
  for (const int count : threads) {
    benchmark::RegisterBenchmark(text(name, "/threads:", count).c_str(),
                                 [=](benchmark::State& state) {
                                   use_threads(count);
                                   try {
                                     body(state, count);
                                   } catch (const std::exception& e) {
                                     state.SkipWithError(e.what());
                                   }
                                 })
        ->UseRealTime()
        ->Unit(benchmark::kMillisecond);
  }
}

}  // namespace understudy::bench
