#pragma once

#include "understudy/media/pixel_format.h"
#include "understudy/media/source.h"
#include "understudy/media/video_decoder.h"

namespace understudy::media {

/// Frames of a video file, decoded where they are asked for.
class VideoSource : public FrameSource {
 public:
  /// `deinterlace` is a value of deinterlacers().
  VideoSource(const std::filesystem::path& path, int threads, const std::string& deinterlace);
  const SourceInfo& info() const override { return info_; }
  void select(std::vector<std::int64_t> numbers) override;
  std::optional<Frame> next() override;

 private:
  void describe_stream();
  void take_format_from_first_frame();
  void index_by_decoding();
  void move_to(std::int64_t number);
  std::int64_t number_of(const AVFrame& frame);
  Frame deliver(std::int64_t number);

  VideoIndex index_;
  VideoDecoder decoder_;
  Unpacker unpacker_;
  SourceInfo info_;
  PictureFormat decoded_format_;  ///< before the rotation
  std::vector<std::int64_t> wanted_;
  std::size_t cursor_ = 0;
  FfmpegPtr<AVFrame> frame_;
  std::optional<std::int64_t> held_;  ///< number of the frame in frame_ that is not delivered yet
  std::int64_t decoded_count_ = 0;    ///< counts frames where the index is not reliable
  bool repositioned_ = false;         ///< frames may have been passed that are wanted again
};

/// Throws Error kInput when one of `numbers` is not in `available`, which is ascending; kUsage when they do
/// not ascend.
void require_frames(const std::vector<std::int64_t>& numbers, const std::vector<std::int64_t>& available);

}  // namespace understudy::media
