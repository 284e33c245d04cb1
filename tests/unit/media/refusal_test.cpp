#include <gmock/gmock.h>
#include <signal.h>
#include <sys/resource.h>

#include <fstream>

#include "understudy/core/files.h"
#include "unit/media/clips.h"

namespace understudy::media {
namespace {

using RefusalTest = MediaTest;
using testing::HasSubstr;

Error open_error(const std::string& path) {
  return error_of([&] { open_source(path, 2); });
}

TEST_F(RefusalTest, WhatIsNoVideo) {
  EXPECT_EQ(open_error(path("nothing.mp4")).code(), ErrorCode::kInput);
  std::ofstream(path("text.mp4")) << "This is a text.\n";
  EXPECT_EQ(open_error(path("text.mp4")).code(), ErrorCode::kInput);
  std::ofstream(path("notes.txt")) << "This is a text.\n";
  EXPECT_EQ(open_error(path("notes.txt")).code(), ErrorCode::kInput);
  std::ofstream(path("empty.mp4"));
  EXPECT_EQ(open_error(path("empty.mp4")).code(), ErrorCode::kInput);
  ffmpeg("-f lavfi -i sine=duration=1 -c:a aac " + path("sound.mp4"));
  const Error sound = open_error(path("sound.mp4"));
  EXPECT_EQ(sound.code(), ErrorCode::kInput);
  EXPECT_THAT(sound.message(), HasSubstr("no video stream"));
}

TEST_F(RefusalTest, PlaylistsOpenNoOtherFiles) {
  ffmpeg("-f lavfi -i testsrc=size=64x48:duration=1 -pix_fmt yuv420p " + path("a.ts"));
  std::ofstream(path("list.m3u8")) << "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\na.ts\n#EXT-X-ENDLIST\n";
  EXPECT_EQ(open_error(path("list.m3u8")).code(), ErrorCode::kInput);
  std::ofstream(path("list.ffconcat")) << "ffconcat version 1.0\nfile a.ts\n";
  EXPECT_EQ(open_error(path("list.ffconcat")).code(), ErrorCode::kInput);
}

TEST_F(RefusalTest, InterlacedFootage) {
  ffmpeg(
      "-f lavfi -i testsrc=size=64x48:duration=1 -c:v libx264 -x264-params tff=1 -flags +ilme+ildct -pix_fmt "
      "yuv420p " +
      path("i.mp4"));
  ffmpeg("-f lavfi -i testsrc=size=720x480:duration=1 -c:v mpeg2video -flags +ilme+ildct -top 1 " +
         path("i.mpg"));
  for (const char* name : {"i.mp4", "i.mpg"}) {
    const Error error = open_error(path(name));
    EXPECT_EQ(error.code(), ErrorCode::kFormat) << name;
    EXPECT_THAT(error.message(), HasSubstr("interlaced")) << name;
  }
}

/// Counts good and bad frames.
std::pair<int, std::vector<std::int64_t>> read_what_can_be_read(const std::string& path) {
  const auto source = open_source(path, 2);
  std::pair<int, std::vector<std::int64_t>> seen{0, {}};
  for (;;) {
    try {
      if (!source->next()) return seen;
      ++seen.first;
    } catch (const BadFrame& bad) {
      seen.second.push_back(bad.number());
    }
  }
}

TEST_F(RefusalTest, TruncatedVideosGiveWhatTheyHave) {
  ffmpeg(
      "-f lavfi -i testsrc2=size=128x96:rate=25:duration=4 -c:v libx264 -g 25 -movflags faststart -pix_fmt "
      "yuv420p " +
      path("a.mp4"));
  ffmpeg("-i " + path("a.mp4") + " -c copy " + path("a.mkv"));
  for (const char* name : {"a.mp4", "a.mkv"}) {
    std::filesystem::resize_file(path(name), std::filesystem::file_size(path(name)) / 2);
    const auto [good, bad] = read_what_can_be_read(path(name));
    EXPECT_GT(good, 25) << name;
    EXPECT_GT(bad.size(), 10U) << name;
    EXPECT_EQ(good + static_cast<int>(bad.size()), 100) << name;
  }
  ffmpeg("-f lavfi -i testsrc2=size=128x96:rate=25:duration=1 -pix_fmt yuv420p " +
         path("late.mp4"));  // its index is at the end
  std::filesystem::resize_file(path("late.mp4"), std::filesystem::file_size(path("late.mp4")) / 2);
  EXPECT_EQ(open_error(path("late.mp4")).code(), ErrorCode::kInput);
}

TEST_F(RefusalTest, DamageInTheMiddleIsReported) {
  ffmpeg("-f lavfi -i testsrc2=size=128x96:rate=25:duration=2 -c:v libx264 -g 10 -pix_fmt yuv420p " +
         path("a.mp4"));
  ffmpeg("-f lavfi -i testsrc2=size=128x96:rate=25:duration=2 -c:v ffv1 -level 3 -slicecrc 1 -g 1 " +
         path("a.mkv"));
  for (const char* name : {"a.mp4", "a.mkv"}) {
    std::string bytes = read_file(path(name));
    for (std::size_t i = 0; i < 400; ++i) bytes[bytes.size() / 2 + i] = static_cast<char>(i * 37);
    std::ofstream(path(name), std::ios::binary) << bytes;
    const auto [good, bad] = read_what_can_be_read(path(name));
    EXPECT_GE(bad.size(), 1U) << name;
    EXPECT_GE(good, 35) << name;
    EXPECT_EQ(good + static_cast<int>(bad.size()), 50) << name;
  }
}

TEST_F(RefusalTest, RandomDamageNeverCrashes) {
  ffmpeg("-f lavfi -i testsrc2=size=64x48:rate=25:duration=1 -c:v libx264 -g 10 -pix_fmt yuv420p " +
         path("a.mp4"));
  ffmpeg("-i " + path("a.mp4") + " -c copy " + path("a.mkv"));
  cv::RNG random(7);
  for (int round = 0; round < 40; ++round) {
    const std::string name = round % 2 == 0 ? "a.mp4" : "a.mkv";
    std::string bytes = read_file(path(name));
    for (int i = 0; i < 30; ++i)
      bytes[static_cast<std::size_t>(random.uniform(0, static_cast<int>(bytes.size())))] =
          static_cast<char>(random.uniform(0, 256));
    std::ofstream(path("damaged-" + name), std::ios::binary) << bytes;
    try {
      read_what_can_be_read(path("damaged-" + name));
    } catch (const Error& error) {
      EXPECT_NE(error.code(), ErrorCode::kBug) << error.message();
    }
  }
}

TEST_F(RefusalTest, OutputsThatCannotBe) {
  const SourceInfo even = made_up(yuv_format(64, 48, 1, 1, 8), 2);
  const SourceInfo odd = made_up(yuv_format(63, 47, 1, 1, 8), 2);
  SinkOptions options;
  const auto refused = [&](const std::string& name, const SourceInfo& like) {
    return error_of([&] { open_sink(path(name), like, options); });
  };
  EXPECT_EQ(refused("a.mkv", odd).code(), ErrorCode::kUsage);
  EXPECT_THAT(refused("a.mkv", odd).message(), HasSubstr("even sizes"));
  EXPECT_EQ(refused("a.avi", even).code(), ErrorCode::kUsage);
  EXPECT_EQ(refused("missing/a.mp4", even).code(), ErrorCode::kResource);
  options.preset = "fastest";
  EXPECT_THAT(refused("a.mp4", even).hint(), HasSubstr("veryfast"));
  options = {};
  options.codec = "h266";
  EXPECT_THAT(refused("a.mp4", even).hint(), HasSubstr("prores"));
  options.codec = "ffv1";
  options.quality = 3;
  EXPECT_EQ(refused("a.mkv", even).code(), ErrorCode::kUsage);
  options = {};
  options.codec = "png";
  EXPECT_EQ(refused("a.####.exr", even).code(), ErrorCode::kUsage);
  std::ofstream(path("file.png")) << "x";
  EXPECT_EQ(refused("file.png", even).code(), ErrorCode::kUsage);
  EXPECT_EQ(refused("file.png/sub", even).code(), ErrorCode::kResource);
}

TEST_F(RefusalTest, AnUnfinishedVideoLeavesNothing) {
  {
    const SourceInfo info = made_up(yuv_format(64, 48, 1, 1, 8), 2);
    const auto sink = open_sink(path("a.mp4"), info, {});
    sink->write({0, 0, 1000, noise_picture(info.format, 0)});
    EXPECT_FALSE(std::filesystem::exists(path("a.mp4")));
  }
  EXPECT_TRUE(std::filesystem::is_empty(folder_));
}

TEST_F(RefusalTest, FramesThatDoNotFit) {
  const SourceInfo info = made_up(yuv_format(64, 48, 1, 1, 8), 2);
  const auto write = [&](const Frame& first, const Frame& second) {
    const auto sink = open_sink(path("a.mkv"), info, {});
    sink->write(first);
    sink->write(second);
    sink->finish();
  };
  const Picture good = noise_picture(info.format, 0);
  EXPECT_EQ(error_of([&] { write({0, 1000, 1000, good}, {1, 1000, 1000, good}); }).code(), ErrorCode::kBug);
  EXPECT_EQ(error_of([&] {
              write({0, 0, 1000, good}, {1, 1000, 1000, Picture(rgb_format(64, 48, 8))});
            }).code(),
            ErrorCode::kBug);
}

/// Stands in for a full disk: files of this process cannot grow beyond `bytes`.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(rlim_t bytes) {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    handler_ = ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{bytes, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &limit);
  }
  ~FileSizeLimit() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    ::signal(SIGXFSZ, handler_);
  }
  FileSizeLimit(const FileSizeLimit&) = delete;
  FileSizeLimit& operator=(const FileSizeLimit&) = delete;

 private:
  rlimit before_{};
  void (*handler_)(int);
};

TEST_F(RefusalTest, AFullDiskIsNoticedAndLeavesNothingHalfWritten) {
  for (const auto& [name, description, codec] : codecs()) {
    const SourceInfo info = made_up(yuv_format(256, 256, 1, 1, 8), 12);
    const std::string to = path(codec.is_sequence ? name : name + codec.extensions.front());
    SinkOptions options;
    options.codec = name;
    options.threads = 2;
    if (codec.quality) options.quality = 1;
    const Error error = error_of([&] {
      const FileSizeLimit limit(30000);
      const auto sink = open_sink(to, info, options);
      for (int i = 0; i < 12; ++i) sink->write({i, i * 1000, 1000, noise_picture(info.format, i)});
      sink->finish();
    });
    EXPECT_EQ(error.code(), ErrorCode::kResource) << name << ": " << error.message();
    EXPECT_THAT(error.message(), HasSubstr("too large")) << name;
    EXPECT_TRUE(codec.is_sequence ? std::filesystem::is_empty(to) : !std::filesystem::exists(to)) << name;
  }
}

}  // namespace
}  // namespace understudy::media
