#pragma once

#include "understudy/media/ffmpeg.h"

namespace understudy::media {

/// Makes whole pictures of interlaced frames by one of FFmpeg's filters, a picture for a frame. Frames that
/// are not marked as interlaced pass unchanged.
class Deinterlacer {
 public:
  /// `filter` is a value of deinterlacers(), `time_base` that of the frames' pts.
  Deinterlacer(std::string filter, AVRational time_base, int threads)
      : filter_(std::move(filter)), time_base_(time_base), threads_(threads) {}

  /// Takes the frame over; none ends the stream. Throws Error kFormat for a pixel format that the filter does
  /// not take.
  void send(AVFrame* frame);
  /// False when more frames are needed, or after the end.
  bool receive(AVFrame& frame);
  /// The next frame does not follow the last one.
  void reset() { graph_.reset(); }

 private:
  void build(const AVFrame& like);
  bool fits(const AVFrame& frame) const;

  std::string filter_;
  AVRational time_base_;
  int threads_;
  FfmpegPtr<AVFilterGraph> graph_;
  AVFilterContext* in_ = nullptr;  ///< both belong to the graph
  AVFilterContext* out_ = nullptr;
  int width_ = 0, height_ = 0, pixel_format_ = -1;
};

}  // namespace understudy::media
