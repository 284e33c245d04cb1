#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>

#include "understudy/stages/extract_group.h"

namespace understudy::stages {
namespace {

using Frames = std::vector<std::int64_t>;

Frames frames_to(std::int64_t last) {
  Frames out(static_cast<std::size_t>(last) + 1);
  std::iota(out.begin(), out.end(), 0);
  return out;
}

Frames between(const Frames& all, std::int64_t first, std::int64_t last) {
  Frames out;
  std::ranges::copy_if(all, std::back_inserter(out),
                       [&](auto frame) { return frame >= first && frame <= last; });
  return out;
}

TEST(ShardPlan, BeginsBeforeTheCellAndEndsWithTheNextLook) {
  const Frames all = frames_to(399), cell = between(all, 200, 299);
  const ShardPlan whole = ShardPlan::of(cell, cell, all, 5);
  EXPECT_EQ(whole.visited, between(all, 185, 300));  // twelve before, and back to a look
  EXPECT_EQ(whole.looks.front(), 185);
  EXPECT_EQ(whole.looks.back(), 300);
  EXPECT_EQ(whole.looks.size(), 24U);
}

TEST(ShardPlan, APartSeesWhatTheWholeSees) {
  const Frames all = frames_to(399);
  for (const int every : {1, 5, 7}) {
    for (const std::int64_t step : {1, 2, 3, 10}) {
      Frames selected;
      for (const std::int64_t frame : between(all, 203, 297))
        if (frame % step == 0 || frame < 215) selected.push_back(frame);
      const ShardPlan whole = ShardPlan::of(selected, selected, all, every);
      for (std::size_t first = 0; first < selected.size(); first += 4) {
        for (std::size_t end = first + 1; end <= selected.size(); end += 3) {
          const Frames own(selected.begin() + static_cast<std::ptrdiff_t>(first),
                           selected.begin() + static_cast<std::ptrdiff_t>(end));
          const ShardPlan part = ShardPlan::of(own, selected, all, every);
          ASSERT_EQ(part.own, own);
          ASSERT_EQ(part.looks.back(), part.visited.back());  // nothing that is to come has a say
          ASSERT_GE(part.visited.back(), own.back());
          ASSERT_TRUE(std::equal(part.visited.begin(), part.visited.end(), whole.visited.begin()));
          ASSERT_TRUE(std::equal(part.looks.begin(), part.looks.end(), whole.looks.begin()));
          ASSERT_TRUE(std::ranges::includes(part.visited, own));
        }
      }
    }
  }
}

}  // namespace
}  // namespace understudy::stages
