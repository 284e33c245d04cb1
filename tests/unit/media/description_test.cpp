// What a plate says of itself besides its samples: HDR10's metadata and time code.
#include <gmock/gmock.h>

#include "understudy/media/timecode.h"
#include "unit/media/clips.h"

namespace understudy::media {
namespace {

using testing::HasSubstr;
using testing::Not;

class DescriptionTest : public MediaTest {
 protected:
  /// An HDR10 clip of `frames` frames that begins with a time code.
  void write_hdr(const std::string& name, int frames = 3) const {
    ffmpeg(text(
        "-f lavfi -i testsrc2=size=256x128:rate=24 -frames:v ", frames,
        " -pix_fmt yuv420p10le -c:v libx265 -x265-params "
        "'log-level=none:hdr10=1:master-display=G(13250,34500)B(7500,3000)R(34000,16000)WP(15635,16450)"
        "L(10000000,50):max-cll=1000,400' -color_primaries bt2020 -color_trc smpte2084 -colorspace bt2020nc "
        "-timecode 01:00:59:22 ",
        path(name)));
  }
};

void expect_hdr(const SourceInfo& info, const std::string& where) {
  ASSERT_TRUE(info.mastering && info.mastering->primaries && info.mastering->luminance && info.content_light)
      << where;
  const std::array<double, 8> primaries{0.68, 0.32, 0.265, 0.69, 0.15, 0.06, 0.3127, 0.329};
  for (std::size_t i = 0; i < 8; ++i)
    EXPECT_NEAR((*info.mastering->primaries)[i].value(), primaries[i], 1e-4) << where;
  EXPECT_NEAR((*info.mastering->luminance)[0].value(), 0.005, 1e-6) << where;
  EXPECT_NEAR((*info.mastering->luminance)[1].value(), 1000, 1e-3) << where;
  EXPECT_EQ(info.content_light->max_cll, 1000) << where;
  EXPECT_EQ(info.content_light->max_fall, 400) << where;
}

struct Stored {
  std::string codec, extension;
};

std::vector<Stored> all_videos() {
  std::vector<Stored> out;
  for (const auto& codec : codecs())
    for (const std::string& extension : codec.value.extensions)
      if (!codec.value.is_sequence) out.push_back({codec.name, extension});
  return out;
}

TEST_F(DescriptionTest, HdrMetadataIsReadFromTheFirstFrame) {
  write_hdr("in.mkv");
  expect_hdr(open_source(path("in.mkv"), 1)->info(), "in.mkv");
}

TEST_F(DescriptionTest, HdrMetadataIsKeptByEveryVideoThatHasAPlaceForIt) {
  write_hdr("in.mkv");
  for (const Stored& stored : all_videos()) {
    SinkOptions options;
    options.codec = stored.codec;
    options.copy_streams_from = path("in.mkv");
    const std::string out = path(stored.codec + stored.extension);
    transcode(path("in.mkv"), out, options);
    const std::string facts =
        ffprobe("-select_streams v -show_streams -show_frames -read_intervals '%+#1' " + out);
    EXPECT_THAT(facts, HasSubstr("Mastering display metadata")) << out;
    EXPECT_THAT(facts, HasSubstr("max_content=1000")) << out;
    expect_hdr(open_source(out, 1)->info(), out);
  }
}

TEST_F(DescriptionTest, ClipsWithoutHdrMetadataGetNone) {
  ffmpeg("-f lavfi -i testsrc2=size=128x96:rate=24 -frames:v 2 -pix_fmt yuv420p10le -c:v ffv1 " +
         path("in.mkv"));
  EXPECT_FALSE(open_source(path("in.mkv"), 1)->info().mastering);
  SinkOptions options;
  options.codec = "hevc";
  transcode(path("in.mkv"), path("out.mkv"), options);
  EXPECT_THAT(ffprobe("-show_frames " + path("out.mkv")), Not(HasSubstr("Mastering")));
}

TEST_F(DescriptionTest, TimeCodeIsKeptAndMovedToTheFirstFrameWritten) {
  write_hdr("in.mov", 8);
  ASSERT_EQ(open_source(path("in.mov"), 1)->info().timecode, "01:00:59:22");
  for (const Stored& stored : all_videos()) {
    SinkOptions options;
    options.codec = stored.codec;
    options.copy_streams_from = path("in.mov");
    const std::string out = path(stored.codec + stored.extension),
                      part = path("part-" + stored.codec + stored.extension);
    transcode(path("in.mov"), out, options);
    EXPECT_EQ(open_source(out, 1)->info().timecode, "01:00:59:22") << out;
    EXPECT_THAT(ffprobe("-show_entries stream_tags " + out), HasSubstr("01:00:59:22")) << out;
    options.first_frame = 3;
    transcode(path("in.mov"), part, options, {3, 4, 5});
    EXPECT_EQ(open_source(part, 1)->info().timecode, "01:01:00:01") << part;
  }
}

TEST_F(DescriptionTest, TimeCodeGoesIntoPicturesAndOutOfThem) {
  write_hdr("in.mov", 6);
  for (const char* codec : {"exr", "dpx"}) {
    SinkOptions options;
    options.codec = codec;
    transcode(path("in.mov"), path(codec), options, {1, 2, 4});
    const std::string name = path(codec) + "/000004." + codec;
    EXPECT_THAT(output_of("oiiotool --info -v " + name), HasSubstr("01:01:00:02")) << codec;
    const SourceInfo pictures = open_source(path(codec), 1)->info();
    EXPECT_EQ(pictures.timecode, "01:00:59:23");
    ASSERT_TRUE(pictures.frame_rate) << codec;
    EXPECT_NEAR(pictures.frame_rate->value(), 24, 1e-3) << codec;

    SinkOptions again;
    again.codec = codec;
    again.copy_streams_from = path(codec);
    transcode(path(codec), path(text(codec, "-again")), again);
    const std::string copied = path(text(codec, "-again/000004.", codec));
    EXPECT_THAT(output_of("oiiotool --info -v " + copied), HasSubstr("01:01:00:02")) << codec;

    SinkOptions video;
    video.codec = "prores";
    transcode(path(codec), path(text(codec, ".mov")), video);
    EXPECT_EQ(open_source(path(text(codec, ".mov")), 1)->info().timecode, "01:00:59:23");
  }
}

TEST_F(DescriptionTest, ATimeCodeThatIsNoneIsLeftOut) {
  ffmpeg("-f lavfi -i testsrc2=size=256x128:rate=24 -frames:v 2 -c:v ffv1 -metadata timecode=noon " +
         path("in.mkv"));
  SinkOptions options;
  options.codec = "prores";
  options.copy_streams_from = path("in.mkv");
  transcode(path("in.mkv"), path("out.mov"), options);
  EXPECT_FALSE(open_source(path("out.mov"), 1)->info().timecode);
}

TEST(Timecode, CountsOn) {
  const Rational film{24, 1}, video{30000, 1001}, fast{50, 1};
  EXPECT_EQ(timecode_after("01:00:00:00", film, 25), "01:00:01:01");
  EXPECT_EQ(timecode_after("23:59:59:23", film, 1), "00:00:00:00");
  EXPECT_EQ(timecode_after("00:00:59;29", video, 1), "00:01:00;02") << "two numbers are dropped each minute";
  EXPECT_EQ(timecode_after("00:09:59;29", video, 1), "00:10:00;00") << "but each tenth";
  EXPECT_EQ(timecode_after("10:00:00:49", fast, 1), "10:00:01:00");
  EXPECT_FALSE(timecode_after("noon", film, 1));
}

TEST(Timecode, IsPackedAndReadBack) {
  const std::vector<std::pair<const char*, Rational>> all{{"01:02:03:04", {24, 1}},
                                                          {"23:59:59:29", {30, 1}},
                                                          {"00:01:00;02", {30000, 1001}},
                                                          {"10:11:12:49", {50, 1}},
                                                          {"10:11:12:58", {60, 1}}};
  for (const auto& [timecode, rate] : all)
    EXPECT_EQ(timecode_text(packed_timecode(timecode, rate, 0)->front(), rate), timecode) << rate.num;
}

}  // namespace
}  // namespace understudy::media
