#include "understudy/media/video_index.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cmath>
#include <cstring>
#include <new>
#include <string_view>

#include "understudy/core/error.h"
#include "understudy/core/text.h"

namespace fs = std::filesystem;

namespace understudy::media {
namespace {

/// Demuxers that open other files by name, or that take any text for a picture.
constexpr std::array<std::string_view, 8> kRefusedContainers{"hls", "concat", "dash", "tty",
                                                             "sdp", "rtsp",   "imf",  "webvtt"};

struct IoCloser {
  void operator()(AVIOContext* io) const { avio_close(io); }
};

[[noreturn]] void fail_opening(const fs::path& path, std::string_view reason) {
  throw Error(ErrorCode::kInput, text("cannot read ", path.string(), " as a video: ", reason),
              "expected a video file that FFmpeg decodes, a picture, or a folder or pattern of pictures");
}

/// "file:" keeps names such as "concat:a" from being taken for a protocol.
std::string url_of(const fs::path& path) {
  return "file:" + path.string();
}

const AVInputFormat* probe(const fs::path& path) {
  AVIOContext* opened = nullptr;
  const int error = avio_open(&opened, url_of(path).c_str(), AVIO_FLAG_READ);
  if (error < 0) fail_opening(path, ffmpeg_reason(error));
  const std::unique_ptr<AVIOContext, IoCloser> io(opened);
  const AVInputFormat* format = nullptr;
  const int probed = av_probe_input_buffer2(io.get(), &format, path.c_str(), nullptr, 0, 0);
  if (probed < 0) fail_opening(path, "its content is of no known video format");
  const std::string_view name = format->name;
  for (const std::string_view refused : kRefusedContainers)
    if (name == refused) fail_opening(path, text("it is a text or playlist (", name, ")"));
  return format;
}

int best_video_stream(const fs::path& path, AVFormatContext& container) {
  const int stream = av_find_best_stream(&container, AVMEDIA_TYPE_VIDEO, -1, -1, nullptr, 0);
  const bool cover =
      stream >= 0 && (container.streams[stream]->disposition & AV_DISPOSITION_ATTACHED_PIC) != 0;
  if (stream < 0 || cover) {
    throw Error(ErrorCode::kInput,
                text(path.string(), " has no video stream (", container.nb_streams, " other streams)"),
                "expected a file with moving pictures");
  }
  return stream;
}

/// "00:00:02.400000000" in seconds; negative when it is not that.
double seconds_of_tag(const char* value) {
  int hours = 0, minutes = 0;
  double seconds = 0;
  if (std::sscanf(value, "%d:%d:%lf", &hours, &minutes, &seconds) != 3) return -1;
  return hours * 3600.0 + minutes * 60.0 + seconds;
}

/// Containers that name a frame count or a length show where a cut-off file should have gone on.
std::int64_t announced_frames(Demuxer& demuxer, const VideoIndex& index, std::int64_t packets) {
  const AVStream& stream = demuxer.video();
  const bool matroska = std::string_view(demuxer.container().iformat->name).starts_with("matroska");
  if (!matroska) return avformat_index_get_entries_count(&stream);
  const AVDictionaryEntry* length = av_dict_get(stream.metadata, "DURATION", nullptr, 0);
  const double rate = av_q2d(stream.avg_frame_rate);
  if (length != nullptr && rate > 0 && !index.frames.empty()) {
    const double end = static_cast<double>(index.frames.back().pts) * av_q2d(stream.time_base) + 1 / rate;
    const double missing = std::floor((seconds_of_tag(length->value) - end) * rate + 0.1);
    return missing > 1 ? packets + static_cast<std::int64_t>(std::min(missing, 1e9)) : packets;
  }
  return packets;
}

bool has_unique_times(const std::vector<IndexedFrame>& sorted) {
  const auto same = [](const IndexedFrame& a, const IndexedFrame& b) { return a.pts == b.pts; };
  return std::adjacent_find(sorted.begin(), sorted.end(), same) == sorted.end();
}

}  // namespace

ContainerPtr open_container(const fs::path& path) {
  route_ffmpeg_log();
  const AVInputFormat* format = probe(path);
  AVFormatContext* context = nullptr;
  Options options;
  options.set("protocol_whitelist", "file");
  int error = avformat_open_input(&context, url_of(path).c_str(), format, options.get());
  if (error < 0) fail_opening(path, ffmpeg_reason(error));
  ContainerPtr container(context);
  error = avformat_find_stream_info(context, nullptr);
  if (error < 0) fail_opening(path, ffmpeg_reason(error));
  return container;
}

Demuxer::Demuxer(const fs::path& path) : container_(open_container(path)) {
  stream_idx_ = best_video_stream(path, *container_);
  for (unsigned i = 0; i < container_->nb_streams; ++i)
    if (static_cast<int>(i) != stream_idx_) container_->streams[i]->discard = AVDISCARD_ALL;
}

bool Demuxer::read(AVPacket& packet) {
  for (;;) {
    av_packet_unref(&packet);
    if (av_read_frame(container_.get(), &packet) < 0) return false;
    if (packet.stream_index == stream_idx_) return true;
  }
}

const KeyPacket& VideoIndex::key_for(const IndexedFrame& frame) const {
  const auto usable = [&](const KeyPacket& key) {
    return key.packet <= frame.packet && key.pts <= frame.pts;
  };
  const auto last = std::find_if(keys.rbegin(), keys.rend(), usable);
  return last == keys.rend() ? keys.front() : *last;
}

VideoIndex index_packets(const fs::path& path) {
  Demuxer demuxer(path);
  const FfmpegPtr<AVPacket> packet = new_packet();
  VideoIndex index;
  std::int64_t packets = 0;
  for (; demuxer.read(*packet); ++packets) {
    if (packet->pts == AV_NOPTS_VALUE) index.reliable = false;
    if ((packet->flags & AV_PKT_FLAG_KEY) != 0) index.keys.push_back({packet->pts, packet->dts, packets});
    const bool cut_away = (packet->flags & AV_PKT_FLAG_DISCARD) != 0;  // by an edit list
    if (!cut_away) index.frames.push_back({packet->pts, packet->duration, packets});
  }
  std::sort(index.frames.begin(), index.frames.end(),
            [](const IndexedFrame& a, const IndexedFrame& b) { return a.pts < b.pts; });
  const bool starts_with_key = !index.keys.empty() && index.keys.front().packet == 0;
  if (!starts_with_key || !has_unique_times(index.frames)) index.reliable = false;
  constexpr std::int64_t kMostMissing = 1 << 20;  // a header's claim, not to be believed without bound
  index.missing_at_end =
      std::clamp<std::int64_t>(announced_frames(demuxer, index, packets) - packets, 0, kMostMissing);
  if (!index.reliable) index.frames.clear();
  return index;
}

}  // namespace understudy::media
