#pragma once

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <opencv2/core.hpp>
#include <string>
#include <vector>

#include "understudy/core/error.h"
#include "understudy/core/text.h"
#include "understudy/media/sink.h"
#include "understudy/media/source.h"

namespace understudy::media {

/// A folder of its own for each test.
class MediaTest : public testing::Test {
 protected:
  MediaTest() {
    const auto* test = testing::UnitTest::GetInstance()->current_test_info();
    folder_ =
        std::filesystem::temp_directory_path() / text("understudy-media-", test->name(), "-", ::getpid());
    std::filesystem::create_directories(folder_);
  }
  ~MediaTest() override { std::filesystem::remove_all(folder_); }
  std::string path(const std::string& name) const { return (folder_ / name).string(); }

  std::filesystem::path folder_;
};

/// Runs the ffmpeg program; the test fails when it does.
inline void ffmpeg(const std::string& arguments) {
  ASSERT_EQ(std::system(("ffmpeg -nostdin -v error -y " + arguments).c_str()), 0) << arguments;
}

/// What a command prints.
inline std::string output_of(const std::string& command) {
  std::string out;
  std::FILE* pipe = ::popen(command.c_str(), "r");
  std::array<char, 4096> block{};
  while (std::size_t got = std::fread(block.data(), 1, block.size(), pipe)) out.append(block.data(), got);
  ::pclose(pipe);
  return out;
}

inline std::string ffprobe(const std::string& arguments) {
  return output_of("ffprobe -v error " + arguments);
}

/// Noise over a ramp: every sample of every plane differs from frame to frame.
inline Picture noise_picture(const PictureFormat& format, int seed) {
  Picture picture(format);
  cv::RNG random(static_cast<std::uint64_t>(seed) + 1);
  for (int i = 0; i < format.plane_count(); ++i) {
    cv::Mat plane = picture.plane(i);
    if (format.is_float()) {
      random.fill(plane, cv::RNG::UNIFORM, -1.0, 20.0);
    } else {
      random.fill(plane, cv::RNG::UNIFORM, 0, 1 << format.bits);
    }
  }
  return picture;
}

inline PictureFormat yuv_format(int width, int height, int shift_x, int shift_y, int bits) {
  PictureFormat format;
  format.width = width;
  format.height = height;
  format.model = PictureFormat::Model::kYuv;
  format.chroma_shift_x = shift_x;
  format.chroma_shift_y = shift_y;
  format.bits = bits;
  format.sample = bits > 8 ? PictureFormat::Sample::kU16 : PictureFormat::Sample::kU8;
  format.full_range = false;
  return format;
}

inline PictureFormat rgb_format(int width, int height, int bits, bool alpha = false) {
  PictureFormat format;
  format.width = width;
  format.height = height;
  format.bits = bits;
  format.sample = bits > 8 ? PictureFormat::Sample::kU16 : PictureFormat::Sample::kU8;
  format.alpha = alpha;
  format.matrix = 0;
  return format;
}

inline PictureFormat grey_format(int width, int height, int bits) {
  PictureFormat format = rgb_format(width, height, bits);
  format.model = PictureFormat::Model::kGray;
  format.matrix = 2;
  return format;
}

inline bool same_samples(const Picture& a, const Picture& b) {
  if (!a.format().same_layout(b.format())) return false;
  for (int i = 0; i < a.format().plane_count(); ++i)
    if (cv::norm(a.plane(i), b.plane(i), cv::NORM_INF) != 0) return false;
  return true;
}

inline std::vector<Frame> all_frames(FrameSource& source) {
  std::vector<Frame> frames;
  while (std::optional<Frame> frame = source.next()) frames.push_back(std::move(*frame));
  return frames;
}

inline std::vector<Frame> all_frames(const std::string& path) {
  return all_frames(*open_source(path, 2));
}

/// The source info of pictures that are made up: 24 frames a second in units of 1/24000 s.
inline SourceInfo made_up(const PictureFormat& format, int frames) {
  SourceInfo info;
  info.format = format;
  info.time_base = {1, 24000};
  info.frame_rate = Rational{24, 1};
  info.constant_rate = true;
  for (int i = 0; i < frames; ++i) info.frames.push_back(i);
  return info;
}

/// The code and message of the Error that `action` throws; the test fails when it throws none.
template <class Action>
Error error_of(Action action) {
  try {
    action();
  } catch (const Error& error) {
    return error;
  }
  ADD_FAILURE() << "no Error was thrown";
  return Error(ErrorCode::kBug, "none");
}

/// Decodes `from` and stores it again.
inline void transcode(const std::string& from, const std::string& to, const SinkOptions& options,
                      const std::vector<std::int64_t>& frames = {}) {
  const auto source = open_source(from, 2);
  if (!frames.empty()) source->select(frames);
  const auto sink = open_sink(to, source->info(), options);
  while (const std::optional<Frame> frame = source->next()) sink->write(*frame);
  sink->finish();
}

}  // namespace understudy::media
