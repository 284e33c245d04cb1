#include <gmock/gmock.h>

#include <fstream>

#include "understudy/core/files.h"

#include "unit/media/clips.h"

namespace understudy::media {
namespace {

using VideoTest = MediaTest;
using testing::HasSubstr;

std::vector<Picture> write_clip(const std::string& path, const PictureFormat& format, int count,
                                const std::string& codec) {
  SinkOptions options;
  options.codec = codec;
  options.threads = 2;
  const auto sink = open_sink(path, made_up(format, count), options);
  std::vector<Picture> pictures;
  for (int i = 0; i < count; ++i) {
    pictures.push_back(noise_picture(format, i));
    sink->write({i, i * 1000, 1000, pictures.back()});
  }
  sink->finish();
  return pictures;
}

TEST_F(VideoTest, Ffv1KeepsEverySample) {
  const std::vector<PictureFormat> formats{
      yuv_format(64, 48, 1, 1, 8),  yuv_format(101, 57, 1, 1, 8), yuv_format(64, 48, 1, 1, 10),
      yuv_format(64, 48, 1, 0, 10), yuv_format(64, 48, 0, 0, 12), yuv_format(64, 48, 2, 0, 8),
      rgb_format(64, 48, 8),        rgb_format(64, 48, 8, true),  rgb_format(64, 48, 10),
      rgb_format(64, 48, 16),       rgb_format(64, 48, 16, true), grey_format(64, 48, 8),
      grey_format(64, 48, 16)};
  for (const PictureFormat& format : formats) {
    const std::string clip = path(text(format.plane_count(), "-", format.bits, "-", format.width, ".mkv"));
    const std::vector<Picture> written = write_clip(clip, format, 3, "ffv1");
    const std::vector<Frame> read = all_frames(clip);
    ASSERT_EQ(read.size(), 3U);
    for (std::size_t i = 0; i < 3; ++i)
      EXPECT_TRUE(same_samples(written[i], read[i].picture)) << format.describe();
  }
}

TEST_F(VideoTest, EveryVideoCodecMakesItsFramesInItsContainers) {
  for (const auto& [name, description, codec] : codecs()) {
    if (codec.is_sequence) continue;
    for (const std::string& extension : codec.extensions) {
      const std::string clip = path(name + extension);
      PictureFormat format = yuv_format(256, 128, 1, 1, 8);
      write_clip(clip, format, 4, name);
      const std::vector<Frame> frames = all_frames(clip);
      ASSERT_EQ(frames.size(), 4U) << clip;
      EXPECT_EQ(frames[2].picture.format().width, 256) << clip;
    }
  }
}

TEST_F(VideoTest, TenBitsStayTenBits) {
  for (const char* name : {"h264.mkv", "hevc.mp4", "prores.mov", "dnxhr.mov"}) {
    const std::string codec = std::filesystem::path(name).stem();
    write_clip(path(name), yuv_format(256, 128, 1, 0, 10), 2, codec);
    const PictureFormat format = open_source(path(name), 2)->info().format;
    EXPECT_EQ(format.bits, 10) << name;
    EXPECT_EQ(format.chroma_shift_y, 0) << name;
  }
}

TEST_F(VideoTest, FloatsBecomeCodes) {
  for (const auto sample : {PictureFormat::Sample::kHalf, PictureFormat::Sample::kFloat}) {
    PictureFormat format = rgb_format(64, 48, 16);
    format.sample = sample;
    const SourceInfo info = made_up(format, 1);
    Picture grey(format);
    for (int p = 0; p < 3; ++p) grey.plane(p).setTo(0.5);
    SinkOptions options;
    const auto sink = open_sink(path("clip.mp4"), info, options);
    sink->write({0, 0, 1000, grey});
    sink->finish();
    const Picture read = all_frames(path("clip.mp4")).at(0).picture;
    EXPECT_NEAR(cv::mean(read.bgr({0, 0, 64, 48}))[1], 0.5, 0.01);
  }
}

TEST_F(VideoTest, ShortClipsOfAFewFramesCanBeEncoded) {
  for (const char* codec : {"h264", "hevc"}) {
    for (int count = 1; count <= 5; ++count) {
      const std::string clip = path(text(codec, count, ".mp4"));
      write_clip(clip, yuv_format(64, 48, 1, 1, 8), count, codec);
      EXPECT_EQ(all_frames(clip).size(), static_cast<std::size_t>(count)) << clip;
    }
  }
}

TEST_F(VideoTest, SeekingGivesTheSameFramesAsDecodingThrough) {
  ffmpeg(
      "-f lavfi -i testsrc2=size=96x64:rate=25:duration=3 -c:v libx264 -g 12 -sc_threshold 0 -bf 3 -pix_fmt "
      "yuv420p " +
      path("clip.mp4"));
  ffmpeg("-i " + path("clip.mp4") + " -c copy " + path("clip.mkv"));
  ffmpeg("-i " + path("clip.mp4") + " -c copy " + path("clip.ts"));
  for (const char* name : {"clip.mp4", "clip.mkv", "clip.ts"}) {
    const auto source = open_source(path(name), 2);
    const std::vector<Frame> linear = all_frames(*source);
    ASSERT_EQ(linear.size(), 75U) << name;
    EXPECT_THAT(source->info().keys, testing::ElementsAre(0, 12, 24, 36, 48, 60, 72)) << name;
    for (std::int64_t number = 74; number >= 0; number -= 5) {
      source->select({number});
      const std::optional<Frame> frame = source->next();
      ASSERT_TRUE(frame.has_value());
      const Frame& expected = linear[static_cast<std::size_t>(number)];
      EXPECT_EQ(frame->number, number);
      EXPECT_EQ(frame->pts, expected.pts);
      EXPECT_TRUE(same_samples(frame->picture, expected.picture)) << name << " " << number;
      EXPECT_FALSE(source->next().has_value());
    }
    source->select({0, 3, 30, 31, 70});
    std::vector<std::int64_t> numbers;
    for (const Frame& frame : all_frames(*source)) {
      numbers.push_back(frame.number);
      EXPECT_TRUE(same_samples(frame.picture, linear[static_cast<std::size_t>(frame.number)].picture));
    }
    EXPECT_THAT(numbers, testing::ElementsAre(0, 3, 30, 31, 70));
  }
}

TEST_F(VideoTest, TwoSelectionsInARowEndWhereTheyShould) {
  write_clip(path("clip.mkv"), grey_format(32, 32, 8), 6, "ffv1");
  const auto source = open_source(path("clip.mkv"), 2);
  source->select({1, 2, 3, 4, 5});
  EXPECT_EQ(source->next()->number, 1);
  source->select({0, 5});
  EXPECT_EQ(source->next()->number, 0);
  EXPECT_EQ(source->next()->number, 5);
  EXPECT_FALSE(source->next().has_value());
  EXPECT_FALSE(source->next().has_value());
  EXPECT_EQ(error_of([&] { source->select({6}); }).code(), ErrorCode::kUsage);
  EXPECT_EQ(error_of([&] { source->select({2, 1}); }).code(), ErrorCode::kUsage);
}

TEST_F(VideoTest, VariableFrameRateKeepsEveryTimestamp) {
  ffmpeg(
      "-f lavfi -i testsrc=size=64x48:rate=30:duration=2 -vf \"select='not(mod(n,3))+lt(mod(n,7),2)'\" "
      "-vsync vfr "
      "-c:v libx264 -bf 2 -pix_fmt yuv420p " +
      path("vfr.mkv"));
  ffmpeg("-i " + path("vfr.mkv") + " -c copy " + path("vfr.mp4"));
  const std::string probe = "-select_streams v -show_entries packet=pts_time -of csv=p=0 ";
  for (const char* from : {"vfr.mkv", "vfr.mp4"}) {
    EXPECT_FALSE(open_source(path(from), 1)->info().constant_rate);
    for (const char* to : {"out.mkv", "out.mp4", "out.mov"}) {
      for (const char* codec : {"h264", "hevc"}) {
        if (codec == std::string("hevc") && to != std::string("out.mp4")) continue;
        SinkOptions options;
        options.codec = codec;
        transcode(path(from), path(to), options);
        const std::string sorted = " | sort -g";
        EXPECT_EQ(output_of("ffprobe -v error " + probe + path(from) + sorted),
                  output_of("ffprobe -v error " + probe + path(to) + sorted))
            << from << " " << to;
      }
    }
  }
}

TEST_F(VideoTest, ConstantRateIsKnownAsSuch) {
  ffmpeg("-f lavfi -i testsrc=size=64x48:rate=24000/1001:duration=2 -c:v libx264 -pix_fmt yuv420p " +
         path("a.mkv"));
  const auto source = open_source(path("a.mkv"), 1);
  EXPECT_TRUE(source->info().constant_rate);
  SinkOptions options;
  transcode(path("a.mkv"), path("b.mp4"), options);
  EXPECT_EQ(open_source(path("b.mp4"), 1)->info().frame_rate->num, 24000);
  const std::vector<Frame> frames = all_frames(*source);
  EXPECT_EQ(frames.front().duration, *frames[1].pts - *frames[0].pts);
  EXPECT_GT(frames.back().duration, 0);
}

TEST_F(VideoTest, SoundSubtitlesAndChaptersAreCopiedBitForBit) {
  std::ofstream(path("s.srt")) << "1\n00:00:00,200 --> 00:00:00,900\nhello\n";
  std::ofstream(path("m.txt"))
      << ";FFMETADATA1\ntitle=A plate\n[CHAPTER]\nTIMEBASE=1/1000\nSTART=0\nEND=1000\ntitle=One\n";
  ffmpeg("-f lavfi -i testsrc=size=64x48:rate=25:duration=2 -f lavfi -i sine=duration=2 -i " + path("s.srt") +
         " -i " + path("m.txt") +
         " -map 0 -map 1 -map 2 -map_metadata 3 -map_chapters 3 -metadata:s:a language=deu -c:v libx264 "
         "-pix_fmt yuv420p -c:a aac -c:s srt " +
         path("plate.mkv"));
  SinkOptions options;
  options.copy_streams_from = path("plate.mkv");
  options.metadata = {{"made_with", "Understudy"}};
  transcode(path("plate.mkv"), path("out.mkv"), options);
  for (const char* map : {"0:a", "0:s"}) {
    const std::string format = text(" -map ", map, " -c copy -f framemd5 - | grep -v '^#'");
    const std::string expected = output_of("ffmpeg -v error -i " + path("plate.mkv") + format);
    EXPECT_FALSE(expected.empty());
    EXPECT_EQ(expected, output_of("ffmpeg -v error -i " + path("out.mkv") + format)) << map;
  }
  const std::string facts =
      ffprobe("-show_chapters -show_entries format_tags:stream_tags:chapter_tags " + path("out.mkv"));
  EXPECT_THAT(facts, HasSubstr("TAG:title=A plate"));
  EXPECT_THAT(facts, HasSubstr("TAG:title=One"));
  EXPECT_THAT(facts, HasSubstr("language=deu"));
  EXPECT_THAT(facts, HasSubstr("MADE_WITH=Understudy"));

  const Error refused = error_of([&] { transcode(path("plate.mkv"), path("out.mp4"), options); });
  EXPECT_EQ(refused.code(), ErrorCode::kUsage);
  EXPECT_THAT(refused.message(), HasSubstr("stream 2 (subtitle, subrip)"));
  EXPECT_FALSE(std::filesystem::exists(path("out.mp4")));
}

TEST_F(VideoTest, Mp4KeepsSoundMetadataAndZero) {
  ffmpeg(
      "-f lavfi -i testsrc=size=64x48:rate=25:duration=2 -f lavfi -i sine=duration=2 -c:v libx264 -pix_fmt "
      "yuv420p -c:a aac " +
      path("plate.mp4"));
  SinkOptions options;
  options.copy_streams_from = path("plate.mp4");
  options.metadata = {{"made_with", "Understudy"}};
  for (const char* name : {"out.mp4", "out.mov", "out.mkv"}) {
    transcode(path("plate.mp4"), path(name), options);
    const std::string hash = " -map 0:a -c copy -f md5 -";
    EXPECT_EQ(output_of("ffmpeg -v error -i " + path("plate.mp4") + hash),
              output_of("ffmpeg -v error -i " + path(name) + hash));
    EXPECT_THAT(ffprobe("-select_streams v -show_entries stream=start_time " + path(name)),
                HasSubstr("start_time=0.000000"))
        << name;
    EXPECT_THAT(ffprobe("-show_entries format_tags " + path(name)),
                testing::ContainsRegex("(made_with|MADE_WITH)=Understudy"));
  }
}

TEST_F(VideoTest, ARangeKeepsItsTimesAndItsSound) {
  ffmpeg(
      "-f lavfi -i testsrc=size=64x48:rate=25:duration=4 -f lavfi -i sine=duration=4 -c:v libx264 -pix_fmt "
      "yuv420p "
      "-c:a pcm_s16le " +
      path("plate.mkv"));
  SinkOptions options;
  options.copy_streams_from = path("plate.mkv");
  transcode(path("plate.mkv"), path("out.mkv"), options, {25, 26, 27, 28, 29});
  const std::vector<Frame> frames = all_frames(path("out.mkv"));
  ASSERT_EQ(frames.size(), 5U);
  EXPECT_EQ(frames.front().pts, 1000);
  const std::string times =
      ffprobe("-select_streams a -show_entries packet=pts_time -of csv=p=0 " + path("out.mkv"));
  EXPECT_THAT(times, HasSubstr("1.0"));
  EXPECT_THAT(times, testing::Not(HasSubstr("0.5")));
  EXPECT_THAT(times, testing::Not(HasSubstr("1.3")));
}

TEST_F(VideoTest, ColorTagsAreKept) {
  PictureFormat format = yuv_format(64, 48, 1, 1, 10);
  format.matrix = 9;
  format.primaries = 9;
  format.transfer = 16;
  format.full_range = format.range_tagged = true;
  for (const char* name : {"h264.mp4", "hevc.mp4", "h264.mkv", "ffv1.mkv", "prores.mov"}) {
    write_clip(path(name), format, 2, std::filesystem::path(name).stem());
    const PictureFormat read = open_source(path(name), 1)->info().format;
    EXPECT_EQ(read.matrix, 9) << name;
    EXPECT_EQ(read.primaries, 9) << name;
    EXPECT_EQ(read.transfer, 16) << name;
    const bool keeps_range = std::string_view(name) != "prores.mov";  // the codec has no flag for it
    if (keeps_range) {
      EXPECT_TRUE(read.full_range) << name;
    }
  }
}

TEST_F(VideoTest, PixelFormatsAreUnpackedExactly) {
  // FFmpeg's own conversions of packed and planar twins are exact, so both must give the same samples.
  const std::vector<std::array<const char*, 3>> twins{
      {"rawvideo", "nv12", "yuv420p"},     {"rawvideo", "yuyv422", "yuv422p"},
      {"rawvideo", "uyvy422", "yuv422p"},  {"rawvideo", "bgra", "gbrap"},
      {"rawvideo", "rgb48be", "gbrp16le"}, {"rawvideo", "gray16be", "gray16le"}};
  ffmpeg("-f lavfi -i testsrc2=size=64x48:rate=5:duration=1 -c:v rawvideo -pix_fmt yuv420p " +
         path("in.nut"));
  for (const auto& [codec, packed, planar] : twins) {
    ffmpeg("-i " + path("in.nut") + " -c:v rawvideo -pix_fmt " + planar + " " + path("planar.nut"));
    ffmpeg("-i " + path("planar.nut") + " -c:v " + codec + " -pix_fmt " + packed + " " + path("packed.nut"));
    const std::vector<Frame> a = all_frames(path("planar.nut")), b = all_frames(path("packed.nut"));
    ASSERT_EQ(a.size(), 5U) << packed;
    ASSERT_EQ(b.size(), 5U) << packed;
    for (std::size_t i = 0; i < 5; ++i) EXPECT_TRUE(same_samples(a[i].picture, b[i].picture)) << packed;
  }
}

TEST_F(VideoTest, PlayersTagsAboutShapeAreUsed) {
  ffmpeg("-f lavfi -i testsrc=size=64x48:rate=5:duration=1 -vf setsar=4/3 -c:v libx264 -pix_fmt yuv420p " +
         path("wide.mp4"));
  EXPECT_DOUBLE_EQ(open_source(path("wide.mp4"), 1)->info().sample_aspect.value(), 4.0 / 3);
  transcode(path("wide.mp4"), path("out.mkv"), {});
  EXPECT_DOUBLE_EQ(open_source(path("out.mkv"), 1)->info().sample_aspect.value(), 4.0 / 3);
}

/// Writes another display matrix into the video's track header: the nine numbers after "tkhd" and 40 bytes.
void set_display_matrix(const std::string& file, const std::array<std::int32_t, 9>& matrix) {
  std::string bytes = read_file(file);
  const std::size_t at = bytes.find("tkhd") + 4 + 40;
  for (std::size_t i = 0; i < 9; ++i)
    for (std::size_t byte = 0; byte < 4; ++byte)
      bytes[at + 4 * i + byte] = static_cast<char>(static_cast<std::uint32_t>(matrix[i]) >> (24 - 8 * byte));
  std::ofstream(file, std::ios::binary) << bytes;
}

constexpr std::int32_t kOne = 1 << 16, kLast = 1 << 30;

TEST_F(VideoTest, RotationIsUndone) {
  ffmpeg("-f lavfi -i testsrc2=size=64x48:rate=5:duration=1 -c:v libx264 -pix_fmt yuv420p " +
         path("flat.mp4"));
  const Picture flat = all_frames(path("flat.mp4")).front().picture;
  const std::vector<std::pair<std::array<std::int32_t, 9>, int>> turns{
      {{0, kOne, 0, -kOne, 0, 0, 0, 0, kLast}, 90},
      {{-kOne, 0, 0, 0, -kOne, 0, 0, 0, kLast}, 180},
      {{0, -kOne, 0, kOne, 0, 0, 0, 0, kLast}, 270}};
  for (const auto& [matrix, degrees] : turns) {
    set_display_matrix(path("flat.mp4"), matrix);
    const auto source = open_source(path("flat.mp4"), 1);
    EXPECT_EQ(source->info().rotation, degrees);
    EXPECT_EQ(source->info().format.width, degrees == 180 ? 64 : 48);
    EXPECT_TRUE(same_samples(source->next()->picture, flat.rotated(degrees)));
    // FFmpeg's program turns by itself: the same picture must come out.
    ffmpeg("-i " + path("flat.mp4") + " -frames:v 1 -c:v ffv1 " + path("turned.mkv"));
    EXPECT_TRUE(same_samples(all_frames(path("turned.mkv")).front().picture, flat.rotated(degrees)))
        << degrees;
  }
  set_display_matrix(path("flat.mp4"), {-kOne, 0, 0, 0, kOne, 0, 0, 0, kLast});
  EXPECT_THAT(error_of([&] { open_source(path("flat.mp4"), 1); }).message(), HasSubstr("mirrored"));
  set_display_matrix(path("flat.mp4"), {46341, 46341, 0, -46341, 46341, 0, 0, 0, kLast});
  EXPECT_EQ(error_of([&] { open_source(path("flat.mp4"), 1); }).code(), ErrorCode::kFormat);
}

TEST_F(VideoTest, StreamsWithoutTimestampsAreCounted) {
  ffmpeg("-f lavfi -i testsrc2=size=64x48:rate=25:duration=1 -c:v libx264 -bf 2 -g 10 -pix_fmt yuv420p " +
         path("a.mp4"));
  ffmpeg("-i " + path("a.mp4") + " -c copy " + path("a.h264"));
  const std::vector<Frame> expected = all_frames(path("a.mp4"));
  const auto source = open_source(path("a.h264"), 2);
  const std::vector<Frame> frames = all_frames(*source);
  ASSERT_EQ(frames.size(), 25U);
  EXPECT_THAT(source->info().keys, testing::ElementsAre(0));
  source->select({17});
  EXPECT_TRUE(same_samples(source->next()->picture, expected[17].picture));
  EXPECT_TRUE(same_samples(frames[3].picture, expected[3].picture));
}

}  // namespace
}  // namespace understudy::media
