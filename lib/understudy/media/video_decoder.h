#pragma once

#include <filesystem>
#include <optional>
#include <set>

#include "understudy/media/deinterlacer.h"
#include "understudy/media/video_index.h"

namespace understudy::media {

/// Decodes a video's frames in the order of presentation, from its start or from a key packet.
class VideoDecoder {
 public:
  /// `deinterlace` is a value of deinterlacers(). Throws Error kInput or kFormat (no decoder for the codec).
  VideoDecoder(std::filesystem::path path, int threads, const std::string& deinterlace);

  AVStream& stream() { return demuxer_->video(); }
  AVFormatContext& container() { return demuxer_->container(); }
  /// Packets before this one (by position in the stream) have been taken in.
  std::int64_t position() const { return position_; }
  /// False at the end. Damaged packets are passed over: their frames never come, or come marked.
  bool next(AVFrame& frame);
  /// As many frames before one that is wanted must be decoded for its sake.
  std::int64_t frames_before() const { return deinterlacer_ ? 1 : 0; }
  void restart();
  /// Goes on decoding at `key`, or from an earlier packet when the container cannot seek there.
  void seek(const KeyPacket& key);

 private:
  void open();
  bool land_on(const KeyPacket& key);
  bool feed();
  bool decode(AVFrame& frame);
  void mark_interlaced(AVFrame& frame);

  std::filesystem::path path_;
  int threads_;
  std::unique_ptr<Demuxer> demuxer_;
  FfmpegPtr<AVCodecContext> codec_;
  FfmpegPtr<AVPacket> packet_;
  std::int64_t position_ = 0;
  std::set<std::int64_t> damaged_;  ///< pts of packets that are known to be
  bool packet_waits_ = false;
  bool draining_ = false;
  std::optional<Deinterlacer> deinterlacer_;
  FfmpegPtr<AVFrame> decoded_;  ///< on its way to the deinterlacer
};

}  // namespace understudy::media
