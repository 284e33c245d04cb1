#pragma once

#include "understudy/media/ffmpeg.h"
#include "understudy/media/sink.h"

namespace understudy::media {

/// The encoder's pixel format for pictures of some format, and what is lost on the way ("" if nothing).
struct EncodedFormat {
  AVPixelFormat pixel_format = AV_PIX_FMT_NONE;
  std::string loss;
};

/// Throws Error kUsage where the codec has no fitting format (odd sizes, too many bits for h264).
EncodedFormat encoded_format(const std::string& codec_name, const Codec& codec,
                             const PictureFormat& pictures);

/// An opened encoder that takes Pictures.
class VideoEncoder {
 public:
  /// `time_base` is that of the frames' pts. Throws Error kUsage or kResource.
  VideoEncoder(const Codec& codec, const SourceInfo& like, AVRational time_base, const SinkOptions& options,
               bool global_header);
  const AVCodecContext& context() const { return *context_; }
  void send(const Picture& picture, std::int64_t pts);
  void send_end();
  /// False when the encoder needs more pictures, or after the end.
  bool receive(AVPacket& packet);

 private:
  void set_color(const PictureFormat& pictures);
  void convert(const Picture& picture, AVFrame& frame);
  AVFrame& free_frame();

  FfmpegPtr<AVCodecContext> context_;
  FfmpegPtr<SwsContext> scaler_;
  FfmpegPtr<AVFrame> unscaled_;
  /// Used in turns: clearing new memory takes longer than filling it.
  std::vector<FfmpegPtr<AVFrame>> frames_;
  int threads_;
};

}  // namespace understudy::media
