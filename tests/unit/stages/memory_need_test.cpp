#include "understudy/stages/memory_need.h"

#include <gmock/gmock.h>

#include "understudy/core/error.h"
#include "understudy/media/sink.h"
#include "understudy/stages/plate_memory.h"

namespace understudy::stages {
namespace {

const MemoryNeed kNeed = {"frames", 10, 100e6, 20e6};

media::PictureFormat yuv420(int width, int height) {
  media::PictureFormat out;
  out.width = width;
  out.height = height;
  out.model = media::PictureFormat::Model::kYuv;
  out.chroma_shift_x = out.chroma_shift_y = 1;
  return out;
}

TEST(FitMemory, GivesAllWhereNothingLimits) {
  Report report;
  EXPECT_EQ(fit_memory(kNeed, 0, report), 10);
  EXPECT_EQ(report.details["memory"]["expected"], 300'000'000);
  EXPECT_TRUE(report.details["memory"]["limit"].is_null());
}

TEST(FitMemory, GivesFewerWhereAllDoNotFit) {
  const struct {
    std::uint64_t limit;
    std::int64_t at_once;
  } kRows[] = {{1'000'000'000, 10}, {300'000'000, 10}, {299'999'999, 9}, {159'000'000, 2}, {120'000'000, 1}};
  for (const auto& row : kRows) {
    Report report;
    EXPECT_EQ(fit_memory(kNeed, row.limit, report), row.at_once) << row.limit;
    EXPECT_LE(report.details["memory"]["expected"], row.limit);
    EXPECT_EQ(report.details["memory"]["at_once"], row.at_once);
  }
}

TEST(FitMemory, RefusesWhatIsTooLittleForOne) {
  for (const std::uint64_t limit : {std::uint64_t{119'999'999}, std::uint64_t{1}}) {
    Report report;
    try {
      fit_memory(kNeed, limit, report);
      FAIL() << limit;
    } catch (const Error& e) {
      EXPECT_EQ(e.code(), ErrorCode::kResource);
      EXPECT_THAT(e.message(), testing::HasSubstr("about 120 MB of memory are needed"));
    }
  }
}

TEST(MemoryNeeds, GrowWithThePlate) {
  const auto hd = yuv420(1920, 1080), uhd = yuv420(3840, 2160);
  EXPECT_GT(extract_memory(uhd, 2, 5, 64).all(), 2 * extract_memory(hd, 2, 5, 64).all());
  EXPECT_GT(extract_memory(hd, 4, 5, 64).all(), extract_memory(hd, 2, 5, 64).all());
  EXPECT_GT(extract_memory(hd, 2, 5, 16).all(), 2 * extract_memory(hd, 2, 5, 64).all());
  EXPECT_GT(merge_memory(uhd, "png", 2, 6, 1e6).all(), 1.5 * merge_memory(hd, "png", 2, 6, 1e6).all());
  auto deep = hd;
  deep.bits = 10;
  deep.sample = media::PictureFormat::Sample::kU16;
  EXPECT_GT(merge_memory(deep, "png", 2, 6, 1e6).all(), merge_memory(hd, "png", 2, 6, 1e6).all());
}

TEST(MemoryNeeds, KnowEveryCodec) {
  for (const auto& codec : media::codecs()) {
    const media::EncoderMemory& memory = codec.value.memory;
    EXPECT_GT(memory.bytes_per_px + memory.bytes_per_px_and_thread, 0) << codec.name;
  }
}

}  // namespace
}  // namespace understudy::stages
