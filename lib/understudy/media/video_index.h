#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "understudy/media/ffmpeg.h"

namespace understudy::media {

struct FormatCloser {
  void operator()(AVFormatContext* context) const { avformat_close_input(&context); }
};

using ContainerPtr = std::unique_ptr<AVFormatContext, FormatCloser>;

/// Opens a local media file and reads its head. Playlists and texts, which FFmpeg would take for videos, are
/// refused, and no other file is opened. Throws Error kInput.
ContainerPtr open_container(const std::filesystem::path& path);

/// An opened container and its best video stream.
class Demuxer {
 public:
  /// Throws Error kInput: missing, not a video, no video stream.
  explicit Demuxer(const std::filesystem::path& path);
  AVFormatContext& container() { return *container_; }
  AVStream& video() { return *container_->streams[stream_idx_]; }
  /// The next packet of the video stream; false at the end or where the file breaks off.
  bool read(AVPacket& packet);

 private:
  ContainerPtr container_;
  int stream_idx_ = -1;
};

/// One frame as its packet announces it.
struct IndexedFrame {
  std::int64_t pts, duration;
  std::int64_t packet;  ///< position among the stream's packets
};

/// A packet at which decoding can start.
struct KeyPacket {
  std::int64_t pts, dts;
  std::int64_t packet;
};

/// Every frame of a video in the order of presentation; frame numbers are positions in `frames`.
struct VideoIndex {
  std::vector<IndexedFrame> frames;
  std::vector<KeyPacket> keys;      ///< in the order of the file
  std::int64_t missing_at_end = 0;  ///< frames that the container announces behind the last packet there is
  /// False when packets carry no usable timestamps: `frames` is then empty, and decoding must start at the
  /// beginning.
  bool reliable = true;

  /// The last key packet from which `frame` can be decoded exactly.
  const KeyPacket& key_for(const IndexedFrame& frame) const;
};

/// Reads all packets once.
VideoIndex index_packets(const std::filesystem::path& path);

}  // namespace understudy::media
