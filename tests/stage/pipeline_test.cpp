#include "understudy/stages/pipeline.h"

#include <gtest/gtest.h>

#include <atomic>
#include <string>

namespace understudy::stages {
namespace {

struct Item {
  int number = 0;
  int worked = 0;
  std::string seen;
};

/// Numbers 0 to `count` - 1; work squares, finish notes the squares around.
PipelineSteps<Item> squares(int count, std::size_t radius, std::vector<std::string>& taken) {
  PipelineSteps<Item> steps;
  steps.radius = radius;
  steps.make = [count, next = 0]() mutable -> std::optional<Item> {
    if (next == count) return std::nullopt;
    return Item{next++, 0, {}};
  };
  steps.work = [](Item& item) { item.worked = item.number * item.number; };
  steps.finish = [](Item& item, const std::vector<const Item*>& around) {
    for (const Item* other : around) item.seen += std::to_string(other->worked) + " ";
  };
  steps.take = [&taken](Item& item) {
    taken.push_back(item.seen);
    return true;
  };
  return steps;
}

TEST(Pipeline, ShowsEachItemItsNeighbours) {
  for (const int threads : {1, 3}) {
    std::vector<std::string> taken;
    run_pipeline(threads, squares(6, 2, taken));
    const std::vector<std::string> wanted{"0 1 4 ",       "0 1 4 9 ",   "0 1 4 9 16 ",
                                          "1 4 9 16 25 ", "4 9 16 25 ", "9 16 25 "};
    EXPECT_EQ(taken, wanted);
  }
}

TEST(Pipeline, TakesEverythingInOrderHoweverFewThereAre) {
  for (const int count : {0, 1, 2, 50})
    for (const std::size_t radius : {0u, 1u, 7u}) {
      std::vector<std::string> taken;
      PipelineSteps<Item> steps = squares(count, radius, taken);
      steps.finish = [](Item& item, const auto& around) {
        item.seen = std::to_string(item.number);
        EXPECT_LE(around.size(), 15u);
      };
      run_pipeline(4, steps);
      ASSERT_EQ(taken.size(), static_cast<std::size_t>(count));
      for (int i = 0; i < count; ++i) EXPECT_EQ(taken[static_cast<std::size_t>(i)], std::to_string(i));
      steps = squares(count, radius, taken);
      steps.finish = nullptr;
      run_pipeline(2, steps);
      EXPECT_EQ(taken.size(), 2 * static_cast<std::size_t>(count));
    }
}

TEST(Pipeline, StopsWhenNothingMoreIsTaken) {
  std::vector<std::string> taken;
  PipelineSteps<Item> steps = squares(1000000, 3, taken);
  std::atomic<int> made = 0;
  steps.make = [&made]() -> std::optional<Item> { return Item{made++, 0, {}}; };  // without an end
  steps.take = [&taken](Item& item) {
    taken.push_back(item.seen);
    return taken.size() < 5;
  };
  run_pipeline(2, steps);
  EXPECT_EQ(taken.size(), 5u);
  EXPECT_LT(made, 30);
}

TEST(Pipeline, ThrowsTheFirstFailureAfterWhatCameBefore) {
  for (const char* where : {"make", "work", "finish"}) {
    std::vector<std::string> taken;
    PipelineSteps<Item> steps = squares(20, 2, taken);
    const auto fails = [&](const char* here, int number) {
      if (std::string(where) == here && number >= 7) throw std::runtime_error(where);
    };
    steps.make = [&, make = steps.make] {
      auto item = make();
      fails("make", item->number);
      return item;
    };
    steps.work = [&, work = steps.work](Item& item) {
      fails("work", item.number);
      work(item);
    };
    steps.finish = [&, finish = steps.finish](Item& item, const std::vector<const Item*>& around) {
      fails("finish", item.number);
      finish(item, around);
    };
    EXPECT_THROW(run_pipeline(3, steps), std::runtime_error) << where;
    EXPECT_EQ(taken.size(), 7u) << where;
  }
}

}  // namespace
}  // namespace understudy::stages
