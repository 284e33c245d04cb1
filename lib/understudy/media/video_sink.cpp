#include "understudy/media/video_sink.h"

#include <cerrno>
#include <numeric>

#include "understudy/core/error.h"
#include "understudy/core/log.h"
#include "understudy/core/text.h"
#include "understudy/media/hdr_metadata.h"
#include "understudy/media/timecode.h"

namespace fs = std::filesystem;

namespace understudy::media {
namespace {

/// One frame of `rate` for pictures without times, the source's unit for all others.
AVRational time_base_for(const SourceInfo& like, const SinkOptions& options) {
  if (!like.is_sequence) return {like.time_base.num, like.time_base.den};
  const Rational rate = like.frame_rate.value_or(options.frame_rate);
  return {rate.den, rate.num};
}

/// Encoders count frames of a constant rate, so that the rate in their headers is the true one; others see
/// the real times.
AVRational encoder_time_base_for(const SourceInfo& like, AVRational time_base) {
  if (like.is_sequence || !like.constant_rate || !like.frame_rate) return time_base;
  return {like.frame_rate->den, like.frame_rate->num};
}

const char* muxer_of(const fs::path& path) {
  const std::string extension = path.extension().string();
  if (extension == ".mp4") return "mp4";
  return extension == ".mov" ? "mov" : "matroska";
}

Frame without_picture(const Frame& frame) {
  return {frame.number, frame.pts, frame.duration, {}};
}

}  // namespace

VideoSink::VideoSink(const fs::path& path, const SourceInfo& like, const SinkOptions& options)
    : path_(path),
      format_(like.format),
      plate_frames_(like.frames),
      time_base_(time_base_for(like, options)),
      encoder_time_base_(encoder_time_base_for(like, time_base_)),
      file_(path),
      before_naming_(options.before_naming),
      packet_(new_packet()) {
  route_ffmpeg_log();
  open_container(path);
  const bool global_header = (container_->oformat->flags & AVFMT_GLOBALHEADER) != 0;
  encoder_ = std::make_unique<VideoEncoder>(codecs().at(options.codec), like, encoder_time_base_, options,
                                            global_header);
  add_video_stream();
  if (options.copy_streams_from && !fs::is_directory(*options.copy_streams_from) && !like.is_sequence)
    copy_ = std::make_unique<StreamCopy>(*options.copy_streams_from, *container_);
  describe_video(like, options);
  write_header(options.metadata);
}

void VideoSink::open_container(const fs::path& path) {
  AVFormatContext* context = nullptr;
  const std::string url = "file:" + file_.temporary().string();
  const int error = avformat_alloc_output_context2(&context, nullptr, muxer_of(path), url.c_str());
  if (error < 0)
    throw Error(ErrorCode::kResource, text("cannot make ", path.string(), ": ", ffmpeg_reason(error)));
  container_.reset(context);
  check_written(avio_open(&context->pb, url.c_str(), AVIO_FLAG_WRITE));
}

void VideoSink::add_video_stream() {
  AVStream* stream = avformat_new_stream(container_.get(), nullptr);
  if (stream == nullptr || avcodec_parameters_from_context(stream->codecpar, &encoder_->context()) < 0)
    throw std::bad_alloc();
  stream->time_base = time_base_;
  stream->avg_frame_rate = encoder_->context().framerate;
  stream->sample_aspect_ratio = encoder_->context().sample_aspect_ratio;
  const bool isobmff = std::string_view(container_->oformat->name) != "matroska";
  if (isobmff && stream->codecpar->codec_id == AV_CODEC_ID_HEVC)
    stream->codecpar->codec_tag = MKTAG('h', 'v', 'c', '1');
}

/// What the plate's video says of itself besides its samples.
void VideoSink::describe_video(const SourceInfo& like, const SinkOptions& options) {
  AVStream& stream = *container_->streams[0];
  add_hdr_metadata(like, stream);
  if (!like.timecode || like.frames.empty()) return;
  const Rational rate = like.frame_rate.value_or(options.frame_rate);
  const std::int64_t first = options.first_frame.value_or(like.frames.front());
  const auto timecode = timecode_after(*like.timecode, rate, first - like.frames.front());
  av_dict_set(&container_->metadata, "timecode", nullptr, 0);
  av_dict_set(&stream.metadata, "timecode", timecode ? timecode->c_str() : nullptr, 0);
  if (!timecode)
    log_warning(text(like.path.string(), ": its time code ", *like.timecode, " is none at ",
                     fixed(rate.value(), 2), " frames a second, and is not kept"));
}

void VideoSink::write_header(const std::map<std::string, std::string>& metadata) {
  for (const auto& [key, value] : metadata) av_dict_set(&container_->metadata, key.c_str(), value.c_str(), 0);
  Options options;
  const bool isobmff = std::string_view(container_->oformat->name) != "matroska";
  if (isobmff) {
    options.set("movflags", "use_metadata_tags+write_colr");
    if (time_base_.num == 1) options.set("video_track_timescale", std::to_string(time_base_.den));
  } else if (time_base_.num != 1 || time_base_.den != 1000) {
    log_debug(text(path_.string(), ": Matroska keeps times to the millisecond"));
  }
  // Sound that starts before zero (AAC priming) must not push the picture back.
  container_->avoid_negative_ts = AVFMT_AVOID_NEG_TS_DISABLED;
  const int error = avformat_write_header(container_.get(), options.get());
  if (error == AVERROR(EINVAL) || error == AVERROR_PATCHWELCOME)
    throw Error(ErrorCode::kUsage,
                text(container_->oformat->name, " refuses these streams: ", ffmpeg_reason(error)),
                "name the output .mkv or .mov");
  check_written(error);
}

void VideoSink::check_written(int error) const {
  if (error >= 0 && container_->pb != nullptr) error = container_->pb->error;
  if (error >= 0) return;
  const bool full = error == AVERROR(ENOSPC) || error == AVERROR(EDQUOT) || error == AVERROR(EFBIG);
  throw Error(ErrorCode::kResource, text("cannot write ", path_.string(), ": ", ffmpeg_reason(error)),
              full ? "free some space or choose another output folder, then run the same command again"
                   : "check that the folder exists and may be written");
}

void VideoSink::write(const Frame& frame) {
  if (!frame.picture.format().same_layout(format_))
    throw Error(ErrorCode::kBug, text("a frame of ", frame.picture.format().describe(), " for a video of ",
                                      format_.describe()));
  if (!first_) {
    first_ = without_picture(frame);
    const double start = static_cast<double>(frame.pts.value_or(0)) * av_q2d(time_base_);
    const bool cut = !plate_frames_.empty() && frame.number > plate_frames_.front();
    if (copy_ && cut) copy_->start_at(start);
  }
  const std::int64_t pts = frame.pts.value_or(frame.number - first_->number);
  if (!first_->pts) first_->pts = pts;
  if (last_ && pts <= *last_->pts)
    throw Error(ErrorCode::kBug, text("frame ", frame.number, " does not come after the one before"));
  last_ = without_picture(frame);
  last_->pts = pts;
  last_->duration = std::max<std::int64_t>(frame.duration, 1);
  const bool counted = av_cmp_q(time_base_, encoder_time_base_) != 0;
  const std::int64_t encoder_pts = counted ? frame.number - first_->number : pts;
  in_encoder_[encoder_pts] = {pts, last_->duration};
  encoder_->send(frame.picture, encoder_pts);
  drain();
}

void VideoSink::drain() {
  while (encoder_->receive(*packet_)) write_packet();
}

/// x265 makes up decoding times for clips of a few frames; what cannot be is replaced by times just after the
/// last ones.
std::int64_t VideoSink::decoding_time(std::int64_t frame_length) {
  constexpr std::int64_t kDeepestReorder = 4, kLongestDelay = 250;
  const std::int64_t pts = packet_->pts, dts = packet_->dts;
  const bool possible = dts != AV_NOPTS_VALUE && dts <= pts && dts >= pts - kLongestDelay * frame_length;
  const std::int64_t least = last_dts_ ? *last_dts_ + 1 : pts - kDeepestReorder * frame_length;
  last_dts_ = possible && (!last_dts_ || dts >= least) ? dts : least;
  return *last_dts_;
}

void VideoSink::give_packet_its_times() {
  const auto known = in_encoder_.find(packet_->pts);
  if (known == in_encoder_.end()) throw Error(ErrorCode::kBug, "the encoder made up a frame");
  const bool counted = av_cmp_q(time_base_, encoder_time_base_) != 0;
  packet_->dts = decoding_time(counted ? 1 : known->second.duration);
  if (counted) {
    const std::int64_t rounded = *first_->pts + av_rescale_q(packet_->dts, encoder_time_base_, time_base_);
    packet_->pts = known->second.pts;
    packet_->dts = std::min(rounded, packet_->pts);
  }
  packet_->duration = known->second.duration;
  in_encoder_.erase(known);
}

void VideoSink::write_packet() {
  give_packet_its_times();
  if (copy_) check_written(copy_->copy_until(static_cast<double>(packet_->dts) * av_q2d(time_base_)));
  packet_->stream_index = 0;
  av_packet_rescale_ts(packet_.get(), time_base_, container_->streams[0]->time_base);
  check_written(av_interleaved_write_frame(container_.get(), packet_.get()));
}

void VideoSink::finish() {
  if (!first_) throw Error(ErrorCode::kInput, text("no frame was written to ", path_.string()));
  encoder_->send_end();
  drain();
  if (copy_) {
    const double end = static_cast<double>(*last_->pts + last_->duration) * av_q2d(time_base_);
    const bool cut = !plate_frames_.empty() && last_->number < plate_frames_.back();
    check_written(copy_->copy_rest(cut ? std::optional(end) : std::nullopt));
  }
  check_written(av_write_trailer(container_.get()));
  avio_flush(container_->pb);
  check_written(0);
  check_written(avio_closep(&container_->pb));
  if (before_naming_) before_naming_(file_.temporary());
  file_.commit();
}

}  // namespace understudy::media
