#pragma once

#include <filesystem>
#include <optional>

#include "understudy/media/ffmpeg.h"
#include "understudy/media/video_index.h"

namespace understudy::media {

/// Copies a plate's audio, subtitle, data and attachment streams, chapters and metadata into an output,
/// packet for packet.
class StreamCopy {
 public:
  /// Adds the streams, chapters and metadata to `output`, whose first stream is the video.
  /// Throws Error kInput, or kUsage naming a stream that the container cannot hold. Data streams that
  /// it cannot hold are left out with a warning.
  StreamCopy(const std::filesystem::path& plate, AVFormatContext& output);

  /// Only what is heard or shown from here on is copied (seconds).
  void start_at(double seconds) { start_ = seconds; }
  /// Writes the packets up to this time. Returns FFmpeg's error of the first write that fails, else 0.
  int copy_until(double seconds);
  /// Writes the remaining packets, or those before `end`.
  int copy_rest(std::optional<double> end);

 private:
  void add_streams(const std::filesystem::path& plate);
  void add_stream(AVStream& from);
  void copy_video_description(const AVStream& from);
  void copy_chapters();
  bool read_ahead();
  int write_waiting();
  double start_of(const AVPacket& packet) const;

  ContainerPtr input_;
  AVFormatContext& output_;
  std::vector<int> output_stream_;  ///< by input stream, -1 where it is not copied
  FfmpegPtr<AVPacket> packet_;
  bool waiting_ = false, ended_ = false;
  std::optional<double> start_, end_;
};

}  // namespace understudy::media
