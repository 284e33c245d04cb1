#pragma once

#include <map>

#include "understudy/core/files.h"
#include "understudy/media/sink.h"
#include "understudy/media/stream_copy.h"
#include "understudy/media/video_encoder.h"

namespace understudy::media {

struct OutputCloser {
  void operator()(AVFormatContext* context) const {
    avio_closep(&context->pb);
    avformat_free_context(context);
  }
};

/// Encodes into a video file on the caller's thread.
class VideoSink : public FrameSink {
 public:
  VideoSink(const std::filesystem::path& path, const SourceInfo& like, const SinkOptions& options);
  void write(const Frame& frame) override;
  void finish() override;

 private:
  void open_container(const std::filesystem::path& path);
  void add_video_stream();
  void describe_video(const SourceInfo& like, const SinkOptions& options);
  void write_header(const std::map<std::string, std::string>& metadata);
  void drain();
  std::int64_t decoding_time(std::int64_t frame_length);
  void give_packet_its_times();
  void write_packet();
  void check_written(int error) const;

  std::filesystem::path path_;
  PictureFormat format_;
  std::vector<std::int64_t> plate_frames_;
  AVRational time_base_, encoder_time_base_;
  AtomicFile file_;
  std::function<void(const std::filesystem::path&)> before_naming_;
  std::unique_ptr<AVFormatContext, OutputCloser> container_;
  std::unique_ptr<VideoEncoder> encoder_;
  std::unique_ptr<StreamCopy> copy_;
  FfmpegPtr<AVPacket> packet_;
  struct Times {
    std::int64_t pts, duration;
  };
  std::map<std::int64_t, Times> in_encoder_;  ///< real times by the encoder's pts
  std::optional<std::int64_t> last_dts_;      ///< in the encoder's time base
  std::optional<Frame> first_, last_;         ///< without pictures
};

}  // namespace understudy::media
