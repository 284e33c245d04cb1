#include "understudy/media/video_source.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

#include "understudy/core/log.h"
#include "understudy/core/text.h"
#include "understudy/media/hdr_metadata.h"

namespace fs = std::filesystem;

namespace understudy::media {
namespace {

Rational rational_of(AVRational value) {
  return {value.num, value.den};
}

/// Clockwise degrees that bring the frames upright.
int rotation_of(const AVStream& stream, const fs::path& path) {
  std::size_t size = 0;
  const auto* matrix = reinterpret_cast<const std::int32_t*>(
      av_stream_get_side_data(&stream, AV_PKT_DATA_DISPLAYMATRIX, &size));
  if (matrix == nullptr || size < 9 * sizeof(std::int32_t)) return 0;
  const std::int64_t determinant = std::int64_t{matrix[0]} * matrix[4] - std::int64_t{matrix[1]} * matrix[3];
  const double angle = -av_display_rotation_get(matrix);
  const double quarter_turns = angle / 90;
  const bool right_angle = std::abs(quarter_turns - std::round(quarter_turns)) < 0.01;
  if (determinant <= 0 || !right_angle) {
    const std::string found = determinant <= 0 ? "mirrored" : text("turned by ", fixed(angle, 1), " degrees");
    throw Error(ErrorCode::kFormat,
                text(path.string(), " is to be shown ", found, ", which is not supported"),
                "only turns by 90, 180 and 270 degrees are; convert the clip upright first");
  }
  return ((static_cast<int>(std::lround(quarter_turns)) % 4 + 4) % 4) * 90;
}

/// True when every frame comes where a constant rate puts it, to one tick for the sake of rounded times.
bool has_constant_rate(const SourceInfo& info, const std::vector<IndexedFrame>& frames) {
  if (!info.frame_rate || frames.empty()) return false;
  const AVRational frame{info.frame_rate->den, info.frame_rate->num};
  const AVRational tick{info.time_base.num, info.time_base.den};
  for (std::size_t i = 0; i < frames.size(); ++i) {
    const std::int64_t expected =
        frames.front().pts + av_rescale_q(static_cast<std::int64_t>(i), frame, tick);
    if (std::abs(frames[i].pts - expected) > 1) return false;
  }
  return true;
}

/// Of the video stream, of a time code track, or of the file.
std::optional<std::string> timecode_of(const AVFormatContext& container, const AVStream& video) {
  std::vector<const AVDictionary*> places{video.metadata};
  for (unsigned i = 0; i < container.nb_streams; ++i)
    if (container.streams[i]->codecpar->codec_type == AVMEDIA_TYPE_DATA)
      places.push_back(container.streams[i]->metadata);
  places.push_back(container.metadata);
  for (const AVDictionary* place : places)
    if (const AVDictionaryEntry* entry = av_dict_get(place, "timecode", nullptr, 0)) return entry->value;
  return std::nullopt;
}

[[noreturn]] void refuse_interlaced(const fs::path& path) {
  throw Error(
      ErrorCode::kFormat, text(path.string(), " is interlaced; progressive frames were expected"),
      "deinterlace it first; of a plate understudy-extract does that itself with --deinterlace bwdif");
}

/// The numbers of the frames that decoding can begin with.
std::vector<std::int64_t> key_frames(const VideoIndex& index) {
  if (!index.reliable) return {0};
  std::set<std::int64_t> packets;
  for (const KeyPacket& key : index.keys) packets.insert(key.packet);
  std::vector<std::int64_t> out;
  for (std::size_t i = 0; i < index.frames.size(); ++i)
    if (packets.contains(index.frames[i].packet)) out.push_back(static_cast<std::int64_t>(i));
  return out;
}

}  // namespace

void require_frames(const std::vector<std::int64_t>& numbers, const std::vector<std::int64_t>& available) {
  std::int64_t previous = std::numeric_limits<std::int64_t>::min();
  for (const std::int64_t number : numbers) {
    if (number <= previous) throw Error(ErrorCode::kUsage, "frame numbers must ascend");
    previous = number;
    if (!std::binary_search(available.begin(), available.end(), number))
      throw Error(ErrorCode::kUsage, text("there is no frame ", number, "; the source has ",
                                          available.front(), " to ", available.back()));
  }
}

VideoSource::VideoSource(const fs::path& path, int threads, const std::string& deinterlace)
    : index_(index_packets(path)), decoder_(path, threads, deinterlace), frame_(new_frame()) {
  info_.path = path;
  describe_stream();
  take_format_from_first_frame();
  if (!index_.reliable) index_by_decoding();
  info_.constant_rate = has_constant_rate(info_, index_.frames);
  const auto count = static_cast<std::int64_t>(index_.frames.size()) + index_.missing_at_end;
  if (index_.missing_at_end > 0) {
    log_warning(text(path.string(), " breaks off: ", index_.missing_at_end, " of its ", count,
                     " frames are missing"));
  }
  for (std::int64_t number = 0; number < count; ++number) info_.frames.push_back(number);
  info_.keys = key_frames(index_);
  wanted_ = info_.frames;
}

void VideoSource::describe_stream() {
  AVStream& stream = decoder_.stream();
  const AVFieldOrder order = stream.codecpar->field_order;
  const bool interlaced = order != AV_FIELD_UNKNOWN && order != AV_FIELD_PROGRESSIVE;
  if (interlaced && decoder_.frames_before() == 0) refuse_interlaced(info_.path);
  info_.time_base = rational_of(stream.time_base);
  const AVRational rate = av_guess_frame_rate(&decoder_.container(), &stream, nullptr);
  if (rate.num > 0 && rate.den > 0) info_.frame_rate = rational_of(rate);
  const AVRational aspect = av_guess_sample_aspect_ratio(&decoder_.container(), &stream, nullptr);
  if (aspect.num > 0 && aspect.den > 0) info_.sample_aspect = rational_of(aspect);
  info_.timecode = timecode_of(decoder_.container(), stream);
  info_.rotation = rotation_of(stream, info_.path);
  if (info_.rotation % 180 != 0) std::swap(info_.sample_aspect.num, info_.sample_aspect.den);
}

void VideoSource::take_format_from_first_frame() {
  if (!decoder_.next(*frame_)) {
    throw Error(ErrorCode::kInput,
                text("no frame of ", info_.path.string(), " can be decoded (",
                     avcodec_get_name(decoder_.stream().codecpar->codec_id), ")"),
                "the file may be truncated or damaged");
  }
  if (frame_->interlaced_frame != 0) refuse_interlaced(info_.path);
  read_hdr_metadata(decoder_.stream(), *frame_, info_);
  decoded_format_ = Unpacker::format_of(*frame_, *decoder_.stream().codecpar);
  info_.format = unpacker_.unpack(*frame_, decoded_format_).rotated(info_.rotation).format();
  if (index_.reliable) held_ = number_of(*frame_);
}

void VideoSource::index_by_decoding() {
  log_warning(
      text(info_.path.string(), " has no reliable timestamps: it is decoded once to count its frames"));
  decoder_.restart();
  bool usable_times = true;
  while (decoder_.next(*frame_)) {
    const std::int64_t pts = frame_->best_effort_timestamp;
    usable_times =
        usable_times && pts != AV_NOPTS_VALUE && (index_.frames.empty() || pts > index_.frames.back().pts);
    index_.frames.push_back({pts, frame_->pkt_duration, 0});
  }
  index_.keys.assign(1, {0, 0, 0});
  index_.missing_at_end = 0;
  repositioned_ = true;
  if (usable_times) return;
  if (!info_.frame_rate) info_.frame_rate = Rational{25, 1};
  info_.time_base = {info_.frame_rate->den, info_.frame_rate->num};
  for (std::size_t i = 0; i < index_.frames.size(); ++i)
    index_.frames[i] = {static_cast<std::int64_t>(i), 1, 0};
}

void VideoSource::select(std::vector<std::int64_t> numbers) {
  require_frames(numbers, info_.frames);
  wanted_ = std::move(numbers);
  cursor_ = 0;
  const bool lies_ahead = held_ && *held_ >= 0 && !wanted_.empty() && wanted_.front() >= *held_;
  if (lies_ahead) return;
  held_.reset();
  repositioned_ = true;
}

void VideoSource::move_to(std::int64_t number) {
  if (held_ && *held_ >= number) return;
  if (number >= static_cast<std::int64_t>(index_.frames.size())) return;
  const auto first = static_cast<std::size_t>(std::max<std::int64_t>(number - decoder_.frames_before(), 0));
  const KeyPacket& key = index_.reliable ? index_.key_for(index_.frames[first]) : index_.keys.front();
  if (!repositioned_ && key.packet <= decoder_.position()) return;
  repositioned_ = false;
  held_.reset();
  decoded_count_ = 0;
  decoder_.seek(key);
}

std::int64_t VideoSource::number_of(const AVFrame& frame) {
  if (!index_.reliable) return decoded_count_++;
  const std::int64_t pts = frame.pts != AV_NOPTS_VALUE ? frame.pts : frame.best_effort_timestamp;
  const auto found =
      std::lower_bound(index_.frames.begin(), index_.frames.end(), pts,
                       [](const IndexedFrame& entry, std::int64_t value) { return entry.pts < value; });
  if (found == index_.frames.end() || found->pts != pts) return -1;
  return found - index_.frames.begin();
}

std::optional<Frame> VideoSource::next() {
  if (cursor_ == wanted_.size()) return std::nullopt;
  const std::int64_t number = wanted_[cursor_];
  move_to(number);
  ++cursor_;
  while (!held_ || *held_ < number) {
    const bool behind_the_end = number >= static_cast<std::int64_t>(index_.frames.size());
    if (behind_the_end || !decoder_.next(*frame_))
      throw BadFrame(number, ErrorCode::kInput,
                     text("frame ", number, " of ", info_.path.string(), " is missing"),
                     "the file seems to be truncated or damaged");
    held_ = number_of(*frame_);
  }
  if (*held_ > number)
    throw BadFrame(number, ErrorCode::kInput,
                   text("frame ", number, " of ", info_.path.string(), " cannot be decoded"),
                   "the file seems to be damaged there");
  return deliver(number);
}

Frame VideoSource::deliver(std::int64_t number) {
  if (frame_->interlaced_frame != 0) refuse_interlaced(info_.path);
  if ((frame_->flags & AV_FRAME_FLAG_CORRUPT) != 0 || frame_->decode_error_flags != 0)
    throw BadFrame(number, ErrorCode::kInput,
                   text("frame ", number, " of ", info_.path.string(), " is damaged"),
                   "frames after it may show the damage too, up to the next key frame");
  const PictureFormat format = Unpacker::format_of(*frame_, *decoder_.stream().codecpar);
  if (!format.same_layout(decoded_format_))
    throw BadFrame(number, ErrorCode::kFormat,
                   text("frame ", number, " of ", info_.path.string(), " is ", format.describe(),
                        " although the video began as ", decoded_format_.describe()),
                   "cut the clip where its format changes");
  const auto position = static_cast<std::size_t>(number);
  const IndexedFrame& entry = index_.frames[position];
  Frame frame;
  frame.number = number;
  frame.pts = entry.pts;
  frame.duration = entry.duration;
  if (position + 1 < index_.frames.size()) {
    frame.duration = index_.frames[position + 1].pts - entry.pts;
  } else if (frame.duration <= 0 && position > 0) {
    frame.duration = entry.pts - index_.frames[position - 1].pts;
  }
  frame.picture = unpacker_.unpack(*frame_, decoded_format_).rotated(info_.rotation);
  return frame;
}

}  // namespace understudy::media
