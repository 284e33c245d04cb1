#include "understudy/media/layered_exr.h"

#include <fstream>

#include "understudy/core/files.h"
#include "understudy/media/timecode.h"
#include "unit/media/clips.h"
#include "unit/media/exr_file.h"

namespace understudy::media {
namespace {

using LayeredExrTest = MediaTest;

std::uint32_t packed(const std::string& start, Rational rate, std::int64_t frames) {
  const auto code = packed_timecode(start, rate, frames);
  EXPECT_TRUE(code) << start;
  return code ? code->front() : 0;
}

TEST(TimecodeTest, CountsFramesAndPacksThemAsSmpteDoes) {
  EXPECT_EQ(packed("10:00:00:00", {24, 1}, 0), 0x10000000U);
  EXPECT_EQ(packed("10:00:00:00", {24, 1}, 25), 0x10000101U);
  EXPECT_EQ(packed("01:59:59:24", {25, 1}, 1), 0x02000000U);
  EXPECT_EQ(packed("23:59:59:23", {24, 1}, 1), 0U);
  EXPECT_EQ(packed("10:00:00:00", {24000, 1001}, 24), 0x10000100U);
}

TEST(TimecodeTest, DropsNumbersEachMinute) {
  EXPECT_EQ(packed("00:00:59;29", {30000, 1001}, 1), 0x00010042U);  // 00:01:00;02 and the drop bit
  EXPECT_EQ(packed("00:09:59;29", {30000, 1001}, 1), 0x00100040U);
}

TEST(TimecodeTest, FastRatesCountPairs) {
  EXPECT_EQ(packed("10:00:00:48", {50, 1}, 0), 0x10000024U);
  EXPECT_EQ(packed("10:00:00:48", {50, 1}, 1), 0x90000024U);
  EXPECT_EQ(packed("10:00:00:58", {60, 1}, 1), 0x10008029U);
}

TEST(TimecodeTest, WhatIsNoTimecodeHasNone) {
  EXPECT_FALSE(packed_timecode("noon", {24, 1}, 0));
  EXPECT_FALSE(packed_timecode("10:00:00:00", {120, 1}, 0));
  EXPECT_FALSE(packed_timecode("10:00:00:00", {0, 1}, 0));
}

TEST_F(LayeredExrTest, EachFrameCarriesItsTimeCodeItsNumberAndTheRate) {
  ffmpeg("-f lavfi -i testsrc2=size=64x48:rate=24:duration=2 -vf setsar=2 -timecode 10:00:00:00 " +
         path("clip.mov"));
  EXPECT_EQ(open_source(path("clip.mov"), 1)->info().timecode, "10:00:00:00");
  const auto source = open_source(path("clip.mov"), 1);
  const LayeredExrWriter writer(path("out"), source->info(), {{"R", true}, {"b.x", false}, {"a.y", true}},
                                {{"origin", "a test"}});
  writer.write(30, [](int first_row, cv::Mat& rows) {
    for (int y = 0; y < rows.rows; ++y)
      for (int x = 0; x < rows.cols; ++x) {
        auto* pixel = rows.ptr<float>(y) + 3 * x;
        pixel[0] = 0.1F;
        pixel[1] = static_cast<float>(first_row + y) + 0.1F;
        pixel[2] = static_cast<float>(x);
      }
  });
  const ExrFile file = read_exr(path("out/000030.exr"));
  EXPECT_EQ(file.spec.nchannels, 3);
  EXPECT_TRUE(file.is_half("R"));
  EXPECT_TRUE(file.is_half("a.y"));
  EXPECT_FALSE(file.is_half("b.x"));
  EXPECT_NEAR(file.channel("R").at<float>(5, 5), 0.1, 1e-4);
  EXPECT_EQ(file.channel("b.x").at<float>(47, 3), 47.1F);
  EXPECT_EQ(file.channel("a.y").at<float>(47, 3), 3);
  EXPECT_EQ(file.timecode(), "10000106");
  EXPECT_EQ(file.spec.get_int_attribute("imageCounter"), 30);
  EXPECT_EQ(file.spec.get_float_attribute("PixelAspectRatio"), 2);
  EXPECT_EQ(std::string(file.spec.get_string_attribute("origin")), "a test");
  std::array<int, 2> rate{};
  EXPECT_TRUE(file.spec.getattribute("FramesPerSecond", OIIO::TypeRational, rate.data()));
  EXPECT_EQ(rate, (std::array<int, 2>{24, 1}));
}

TEST_F(LayeredExrTest, AttributesAndWindowsOfThePlatesPicturesGoAlong) {
  OIIO::ImageSpec spec(40, 30, 3, OIIO::TypeDesc::HALF);
  spec.x = 10;
  spec.y = 5;
  spec.full_x = spec.full_y = 0;
  spec.full_width = 64;
  spec.full_height = 48;
  spec.attribute("camera", "B");
  const std::array<std::uint32_t, 2> code{0x11223300U, 0};
  spec.attribute("smpte:TimeCode", OIIO::TypeTimeCode, code.data());
  const std::vector<float> grey(40 * 30 * 3, 0.5F);
  const auto output = OIIO::ImageOutput::create("openexr");
  ASSERT_TRUE(output->open(path("plate.1001.exr"), spec));
  ASSERT_TRUE(output->write_image(OIIO::TypeDesc::FLOAT, grey.data()));
  output->close();

  const SourceInfo plate = open_source(path("plate.####.exr"), 1)->info();
  const PlateWindow window = plate_window(plate);
  EXPECT_EQ(window.offset, cv::Point(10, 5));
  EXPECT_EQ(window.full, cv::Size(64, 48));
  const LayeredExrWriter writer(path("out"), plate, {{"R", true}}, {});
  writer.write(1001, [](int, cv::Mat& rows) { rows = cv::Scalar(0.25); });
  const ExrFile file = read_exr(path("out/001001.exr"));
  EXPECT_EQ(file.timecode(), "11223300");
  EXPECT_EQ(std::string(file.spec.get_string_attribute("camera")), "B");
  EXPECT_EQ(file.spec.x, 10);
  EXPECT_EQ(file.spec.full_height, 48);
  EXPECT_EQ(file.channel("R").at<float>(29, 39), 0.25F);
  EXPECT_EQ(file.spec.find_attribute("FramesPerSecond"), nullptr);
}

TEST_F(LayeredExrTest, RefusesPlacesThatAreNoFolder) {
  std::ofstream(path("file")) << "a file";
  ffmpeg("-f lavfi -i testsrc2=size=64x48:rate=24:duration=0.1 " + path("clip.mov"));
  const SourceInfo clip = open_source(path("clip.mov"), 1)->info();
  EXPECT_EQ(error_of([&] {
              LayeredExrWriter(path("file"), clip, {{"R", true}}, {});
            }).code(),
            ErrorCode::kUsage);
  EXPECT_EQ(error_of([&] {
              LayeredExrWriter(path("file/below"), clip, {{"R", true}}, {});
            }).code(),
            ErrorCode::kResource);
  EXPECT_FALSE(open_source(path("clip.mov"), 1)->info().timecode);
}

}  // namespace
}  // namespace understudy::media
