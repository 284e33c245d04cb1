#include "understudy/core/frames.h"

#include <limits>
#include <numeric>
#include <random>

#include "unit/core/scratch.h"

namespace understudy {
namespace {

constexpr std::int64_t kMin = std::numeric_limits<std::int64_t>::min(),
                       kMax = std::numeric_limits<std::int64_t>::max();

struct GoodSpec {
  const char* spec;
  std::vector<std::int64_t> inside, outside;
};

TEST(FrameSet, ReadsGoodSpecs) {
  const std::vector<GoodSpec> specs = {
      {"7", {7}, {6, 8, -7}},
      {"1-100", {1, 50, 100}, {0, 101}},
      {"1001-1100x2", {1001, 1003, 1099}, {1002, 1100, 999}},
      {"5,7,20-30", {5, 7, 20, 30}, {6, 19, 31}},
      {"-5-10", {-5, 0, 10}, {-6, 11}},
      {"-10--5", {-10, -5}, {-4, -11}},
      {"-10--5x5", {-10, -5}, {-9}},
      {"5-5", {5}, {4, 6}},
      {"5-5x3", {5}, {8}},
      {"1-10,5-20", {1, 20, 7}, {0, 21}},
      {"20-30,1", {1, 20}, {2}},
      {"007", {7}, {0}},
      {"1-10x9223372036854775807", {1}, {2, 10}},
      {"-9223372036854775808-9223372036854775807", {kMin, 0, kMax}, {}},
      {"-9223372036854775808-9223372036854775807x9223372036854775807", {kMin, -1, kMax - 1}, {0, kMax}},
  };
  for (const GoodSpec& good : specs) {
    const FrameSet set = FrameSet::parse(good.spec);
    for (std::int64_t frame : good.inside) EXPECT_TRUE(set.contains(frame)) << good.spec << " " << frame;
    for (std::int64_t frame : good.outside) EXPECT_FALSE(set.contains(frame)) << good.spec << " " << frame;
  }
}

TEST(FrameSet, KnowsItsEnds) {
  const FrameSet set = FrameSet::parse("20-30,-4,7-9");
  EXPECT_EQ(set.first(), -4);
  EXPECT_EQ(set.last(), 30);
}

TEST(FrameSet, RefusesBadSpecs) {
  for (const char* spec : {"",
                           ",",
                           "1,",
                           ",1",
                           "1,,2",
                           "a",
                           "1-",
                           "-",
                           "--1",
                           "1-a",
                           "10-1",
                           "5-10x0",
                           "5-10x-2",
                           "5-10x",
                           "5x2",
                           "5-10x2x2",
                           "5-10-15",
                           "1 - 5",
                           " 1",
                           "1 ",
                           "1-5 ",
                           "+1",
                           "1.5",
                           "1..5",
                           "1-5;7",
                           "9223372036854775808",
                           "1-99999999999999999999",
                           "-9223372036854775809",
                           "0x10",
                           "1-5\n"})
    expect_error(ErrorCode::kUsage, "cannot read the frame range", [&] { FrameSet::parse(spec); });
  expect_error(ErrorCode::kUsage, "use 'x' for a step", [] { FrameSet::parse("1:10"); });
  expect_error(ErrorCode::kUsage, "use 'x' for a step", [] { FrameSet::parse("1-10:2"); });
  expect_error(ErrorCode::kUsage, "a step of at least 1", [] { FrameSet::parse("5-10x0"); });
}

std::vector<std::int64_t> numbers(std::int64_t first, std::int64_t count) {
  std::vector<std::int64_t> out(static_cast<std::size_t>(count));
  std::iota(out.begin(), out.end(), first);
  return out;
}

TEST(FrameSelection, TakesTheFramesThatAreThere) {
  FrameSelection selection;
  selection.frames = FrameSet::parse("3-8x2,100");
  EXPECT_EQ(selection.apply(numbers(0, 10)), (std::vector<std::int64_t>{3, 5, 7}));
  expect_error(ErrorCode::kUsage, "--frames selects 3 to 100, but the source has frames 200 to 209",
               [&] { selection.apply(numbers(200, 10)); });
  expect_error(ErrorCode::kUsage, "the source has no frames", [&] { selection.apply({}); });
  EXPECT_TRUE(FrameSelection{}.apply({}).empty());
}

TEST(FrameSelection, PartsAreDisjointCompleteInOrderAndAlike) {
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    const auto size = static_cast<std::int64_t>(random() % 300),
               count = static_cast<std::int64_t>(1 + random() % 40);
    const std::vector<std::int64_t> all = numbers(-50, size);
    std::vector<std::int64_t> together;
    std::size_t smallest = all.size(), largest = 0;
    for (std::int64_t i = 1; i <= count; ++i) {
      FrameSelection selection;
      selection.shard = FrameSelection::Part{i, count};
      const auto part = selection.apply(all);
      smallest = std::min(smallest, part.size());
      largest = std::max(largest, part.size());
      together.insert(together.end(), part.begin(), part.end());
    }
    EXPECT_EQ(together, all);
    EXPECT_LE(largest - smallest, 1u) << size << " frames in " << count << " parts";
  }
}

TEST(FrameSelection, PartsOfHugeCountsDoNotOverflow) {
  FrameSelection selection;
  selection.shard = parse_part("9223372036854775807/9223372036854775807");
  EXPECT_TRUE(selection.apply(numbers(0, 10)).empty());
  selection.shard = parse_part("10/9223372036854775807");
  EXPECT_EQ(selection.apply(numbers(0, 10)), numbers(9, 1));
}

TEST(FrameSelection, PartOutOfRangeIsRefused) {
  for (const auto& part :
       {FrameSelection::Part{0, 3}, FrameSelection::Part{4, 3}, FrameSelection::Part{1, 0}}) {
    FrameSelection selection;
    selection.shard = part;
    expect_error(ErrorCode::kUsage, "shard", [&] { selection.apply(numbers(0, 10)); });
  }
}

TEST(FrameSelection, ChunksAreOfOneSizeButTheLast) {
  auto chunk = [](std::int64_t index, std::int64_t size) {
    FrameSelection selection;
    selection.chunk = FrameSelection::Chunk{index, size};
    return selection.apply(numbers(1001, 10));
  };
  EXPECT_EQ(chunk(1, 4), numbers(1001, 4));
  EXPECT_EQ(chunk(3, 4), numbers(1009, 2));
  EXPECT_TRUE(chunk(4, 4).empty());
  EXPECT_EQ(chunk(2, 5), numbers(1006, 5));
  EXPECT_TRUE(chunk(3, 5).empty());
  EXPECT_EQ(chunk(1, kMax), numbers(1001, 10));
  EXPECT_TRUE(chunk(kMax, kMax).empty());
  EXPECT_TRUE(chunk(kMax, 1).empty());
  expect_error(ErrorCode::kUsage, "both start at 1", [&] { chunk(0, 4); });
  expect_error(ErrorCode::kUsage, "both start at 1", [&] { chunk(1, 0); });
  expect_error(ErrorCode::kUsage, "both start at 1", [&] { chunk(1, -5); });
}

TEST(ChunkCheck, RefusesWhatNoSourceHas) {
  const struct {
    std::optional<FrameSelection::Chunk> chunk;
    bool refused;
  } kRows[] = {{{}, false},          {{{1, 4}}, false},   {{{3, 4}}, false},
               {{{4, 4}}, true},     {{{2, 5}}, false},   {{{3, 5}}, true},
               {{{1, kMax}}, false}, {{{2, kMax}}, true}, {{{kMax, 1}}, true}};
  for (const auto& row : kRows) {
    FrameSelection selection;
    selection.chunk = row.chunk;
    ChunkCheck check(selection);
    check.add(numbers(0, 3));
    check.add(numbers(1001, 10));
    if (row.refused)
      expect_error(ErrorCode::kUsage, "there is no chunk", [&] { check.finish(); });
    else
      EXPECT_NO_THROW(check.finish());
  }
}

TEST(FrameSelection, TheChunkIsOneOfTheChosenFrames) {
  FrameSelection selection;
  selection.frames = FrameSet::parse("1-100x10");
  selection.chunk = FrameSelection::Chunk{2, 3};
  EXPECT_EQ(selection.apply(numbers(0, 200)), (std::vector<std::int64_t>{31, 41, 51}));
}

TEST(ParsePart, ReadsAndRefuses) {
  const auto part = parse_part("2/8");
  EXPECT_EQ(part.index, 2);
  EXPECT_EQ(part.count, 8);
  for (const char* spec :
       {"", "/", "1/", "/8", "0/8", "9/8", "-1/8", "1/0", "1/-3", "1:8", "1/8/2", "a/8", " 1/8", "1/8 ", "1"})
    expect_error(ErrorCode::kUsage, "write I/N", [&] { parse_part(spec); });
}

TEST(FrameName, HasSixDigitsAtLeast) {
  EXPECT_EQ(frame_name(0), "000000");
  EXPECT_EQ(frame_name(1037), "001037");
  EXPECT_EQ(frame_name(1234567), "1234567");
  EXPECT_EQ(frame_name(-5), "-000005");
  EXPECT_EQ(frame_name(kMin), "-9223372036854775808");
}

}  // namespace
}  // namespace understudy
