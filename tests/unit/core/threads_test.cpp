#include <algorithm>
#include <atomic>
#include <stdexcept>
#include <thread>

#include "understudy/core/bounded_queue.h"
#include "understudy/core/parallel.h"
#include "unit/core/scratch.h"

namespace understudy {
namespace {

TEST(BoundedQueue, KeepsTheOrder) {
  BoundedQueue<int> queue(2);
  std::jthread producer([&] {
    for (int i = 0; i < 1000; ++i) queue.push(i);
    queue.close();
  });
  for (int i = 0; i < 1000; ++i) EXPECT_EQ(queue.pop(), i);
  EXPECT_EQ(queue.pop(), std::nullopt);
  EXPECT_EQ(queue.pop(), std::nullopt);
}

TEST(BoundedQueue, HoldsNoMoreThanItsCapacity) {
  BoundedQueue<int> queue(3);
  std::atomic<int> pushed{0};
  std::jthread producer([&] {
    for (int i = 0; i < 100; ++i) {
      queue.push(i);
      ++pushed;
    }
    queue.close();
  });
  for (int popped = 0; queue.pop(); ++popped)
    EXPECT_LE(pushed - popped, 3 + 2);  // one being pushed, one being popped
  EXPECT_EQ(pushed, 100);
}

TEST(BoundedQueue, ClosingWakesAWaitingProducer) {
  BoundedQueue<int> queue(1);
  queue.push(1);
  bool taken = true;
  std::jthread producer([&] { taken = queue.push(2); });
  queue.close();
  producer.join();
  EXPECT_FALSE(taken);
  EXPECT_EQ(queue.pop(), 1);
  EXPECT_EQ(queue.pop(), std::nullopt);
  EXPECT_FALSE(queue.push(3));
}

TEST(BoundedQueue, ClosingWakesAWaitingConsumer) {
  BoundedQueue<std::string> queue(1);
  std::optional<std::string> got = "something";
  std::jthread consumer([&] { got = queue.pop(); });
  queue.close();
  consumer.join();
  EXPECT_FALSE(got);
}

TEST(BoundedQueue, OfNoCapacityStillPassesItems) {
  BoundedQueue<int> queue(0);
  EXPECT_TRUE(queue.push(1));
  EXPECT_EQ(queue.pop(), 1);
}

TEST(BoundedQueue, ManyProducersAndConsumersLoseNothing) {
  BoundedQueue<int> queue(4);
  std::atomic<std::int64_t> sum{0};
  {
    std::vector<std::jthread> consumers;
    for (int c = 0; c < 3; ++c)
      consumers.emplace_back([&] {
        while (const auto item = queue.pop()) sum += *item;
      });
    {
      std::vector<std::jthread> producers;
      for (int p = 0; p < 3; ++p)
        producers.emplace_back([&] {
          for (int i = 1; i <= 500; ++i) queue.push(i);
        });
    }
    queue.close();
  }
  EXPECT_EQ(sum, 3 * 500 * 501 / 2);
}

TEST(ParallelFor, DoesEveryIndexOnce) {
  for (const int threads : {-1, 0, 1, 2, 7, 64}) {
    std::vector<std::atomic<int>> seen(50);
    parallel_for(50, threads, [&](std::int64_t i) { ++seen[static_cast<std::size_t>(i)]; });
    EXPECT_TRUE(std::all_of(seen.begin(), seen.end(), [](const auto& n) { return n == 1; })) << threads;
  }
}

TEST(ParallelFor, OfNothingDoesNothing) {
  parallel_for(0, 4, [](std::int64_t) { FAIL(); });
  parallel_for(-3, 4, [](std::int64_t) { FAIL(); });
}

TEST(ParallelFor, PassesTheFirstExceptionOnAndStops) {
  for (const int threads : {1, 4}) {
    std::atomic<int> calls{0};
    EXPECT_THROW(parallel_for(1'000'000, threads,
                              [&](std::int64_t i) {
                                ++calls;
                                if (i == 3) throw std::out_of_range("three");
                              }),
                 std::out_of_range);
    EXPECT_LT(calls, 1'000'000);
  }
}

TEST(EffectiveThreads, AsksTheSchedulerBeforeTheMachine) {
  for (const char* name : {"SLURM_CPUS_PER_TASK", "CUE_THREADS", "OMP_NUM_THREADS"}) unsetenv(name);
  EXPECT_GE(effective_threads(0), 1);
  setenv("OMP_NUM_THREADS", "3", 1);
  EXPECT_EQ(effective_threads(0), 3);
  setenv("SLURM_CPUS_PER_TASK", "5", 1);
  EXPECT_EQ(effective_threads(0), 5);
  EXPECT_EQ(effective_threads(2), 2);
  setenv("SLURM_CPUS_PER_TASK", "many", 1);
  EXPECT_EQ(effective_threads(0), 3);
  for (const char* name : {"SLURM_CPUS_PER_TASK", "OMP_NUM_THREADS"}) unsetenv(name);
}

}  // namespace
}  // namespace understudy
