#include <gmock/gmock.h>

#include "unit/media/clips.h"

namespace understudy::media {
namespace {

using testing::HasSubstr;

class DeinterlaceTest : public MediaTest {
 protected:
  /// A square that moves 4 pixels a field, from 48 progressive fields a second to 24 interlaced frames.
  void write_interlaced(const std::string& name, const std::string& codec, const std::string& format) const {
    ffmpeg(
        "-f lavfi -i color=black:size=160x96:rate=48:duration=1 -f lavfi -i "
        "color=white:size=40x40:rate=48:duration=1 "
        "-filter_complex "
        "'[0][1]overlay=x=n*2:y=28:shortest=1,tinterlace=interleave_top,setfield=tff,format=" +
        format + "' -c:v " + codec + " " + path(name));
  }
};

/// The codec and the pixel format of an interlaced clip.
struct Clip {
  const char *name, *codec, *format;
};

const std::vector<Clip> kClips{
    {"h264.mp4", "libx264 -x264-params tff=1 -flags +ilme+ildct -g 6", "yuv420p"},
    {"mpeg2.mkv", "mpeg2video -flags +ilme+ildct -q:v 2", "yuv422p"},
    {"prores.mov", "prores -flags +ildct", "yuv422p10le"},
    {"raw.mov", "rawvideo -field_order tt", "uyvy422"},
    {"v210.mov", "v210 -field_order tt", "yuv422p10le"},
    {"ffv1.mkv", "ffv1 -field_order tt", "yuv444p12le"},
    {"rgb.mkv", "ffv1 -field_order tt", "gbrp"},
    {"grey.mkv", "ffv1 -field_order tt", "gray"},
};

/// How much rows differ from their neighbours' mean: high where fields are woven.
double combing(const Picture& picture) {
  cv::Mat luma;
  picture.plane(0).convertTo(luma, CV_32F, 255.0 / ((1 << picture.format().bits) - 1));
  double sum = 0;
  for (int y = 1; y + 1 < luma.rows; ++y)
    sum += cv::mean(cv::abs(luma.row(y) * 2 - luma.row(y - 1) - luma.row(y + 1)))[0];
  return sum / luma.rows;
}

TEST_F(DeinterlaceTest, EveryKindOfClipIsRefusedOrMadeWhole) {
  for (const Clip& clip : kClips) {
    write_interlaced(clip.name, clip.codec, clip.format);
    const Error error = error_of([&] { open_source(path(clip.name), 1); });
    EXPECT_EQ(error.code(), ErrorCode::kFormat) << clip.name;
    EXPECT_THAT(error.message(), HasSubstr("interlaced")) << clip.name;
    EXPECT_THAT(error.hint(), HasSubstr("--deinterlace")) << clip.name;
    const auto source = open_source(path(clip.name), 2, "bwdif");
    const std::vector<Frame> frames = all_frames(*source);
    ASSERT_EQ(frames.size(), 24U) << clip.name;
    EXPECT_EQ(source->info().format.width, 160) << clip.name;
    ffmpeg("-i " + path(clip.name) + " -vf setfield=prog -c:v ffv1 " + path("woven.mkv"));
    const std::vector<Frame> woven = all_frames(path("woven.mkv"));
    ASSERT_EQ(woven.size(), 24U);
    EXPECT_TRUE(frames[9].picture.format().same_layout(woven[9].picture.format())) << clip.name;
    EXPECT_LT(combing(frames[9].picture), 0.5 * combing(woven[9].picture)) << clip.name;
    // The lines of the first field are kept.
    for (int y = 2; y < 90; y += 2)
      ASSERT_EQ(cv::norm(frames[9].picture.plane(0).row(y), woven[9].picture.plane(0).row(y), cv::NORM_INF),
                0)
          << clip.name << " line " << y;
  }
}

TEST_F(DeinterlaceTest, IsWhatFfmpegMakesAndKeepsTimes) {
  write_interlaced("in.mp4", kClips[0].codec, "yuv420p");
  ffmpeg("-i " + path("in.mp4") + " -vf bwdif=mode=send_frame -c:v ffv1 " + path("ffmpeg.mkv"));
  const auto source = open_source(path("in.mp4"), 2, "bwdif");
  const std::vector<Frame> frames = all_frames(*source), expected = all_frames(path("ffmpeg.mkv"));
  ASSERT_EQ(frames.size(), expected.size());
  for (std::size_t i = 0; i < frames.size(); ++i) {
    EXPECT_TRUE(same_samples(frames[i].picture, expected[i].picture)) << i;
    EXPECT_EQ(frames[i].number, static_cast<std::int64_t>(i));
    EXPECT_NEAR(static_cast<double>(*frames[i].pts - *frames[0].pts) * source->info().time_base.value(),
                static_cast<double>(i) / 24, 1e-6);
  }
}

TEST_F(DeinterlaceTest, AFrameIsTheSameHoweverItIsReached) {
  write_interlaced("in.mp4", kClips[0].codec, "yuv420p");
  const std::vector<Frame> all = all_frames(*open_source(path("in.mp4"), 1, "bwdif"));
  const auto source = open_source(path("in.mp4"), 2, "bwdif");
  for (const std::vector<std::int64_t>& wanted :
       {std::vector<std::int64_t>{12}, {6}, {0, 1}, {5, 7, 13}, {23}, {11, 12, 18, 22}}) {
    source->select(wanted);
    const std::vector<Frame> frames = all_frames(*source);
    ASSERT_EQ(frames.size(), wanted.size());
    for (const Frame& frame : frames)
      EXPECT_TRUE(same_samples(frame.picture, all[static_cast<std::size_t>(frame.number)].picture))
          << frame.number;
  }
}

TEST_F(DeinterlaceTest, ProgressiveFramesStayAsTheyAre) {
  ffmpeg("-f lavfi -i testsrc2=size=160x96:rate=24:duration=0.5 -pix_fmt yuv420p -c:v libx264 " +
         path("in.mp4"));
  const std::vector<Frame> plain = all_frames(path("in.mp4"));
  const std::vector<Frame> asked = all_frames(*open_source(path("in.mp4"), 2, "bwdif"));
  ASSERT_EQ(asked.size(), plain.size());
  for (std::size_t i = 0; i < plain.size(); ++i)
    EXPECT_TRUE(same_samples(asked[i].picture, plain[i].picture)) << i;
}

TEST_F(DeinterlaceTest, RefusesPicturesAndUnknownNames) {
  ffmpeg("-f lavfi -i testsrc=size=64x48:duration=0.1 " + path("a.%04d.png"));
  EXPECT_EQ(error_of([&] { open_source(path("a.####.png"), 1, "bwdif"); }).code(), ErrorCode::kUsage);
  EXPECT_EQ(error_of([&] { open_source(path("a.####.png"), 1, "weave"); }).code(), ErrorCode::kUsage);
}

}  // namespace
}  // namespace understudy::media
