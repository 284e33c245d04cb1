#include "understudy/media/video_decoder.h"

#include "understudy/core/error.h"
#include "understudy/core/text.h"
#include "understudy/media/ffv1_check.h"

namespace fs = std::filesystem;

namespace understudy::media {

VideoDecoder::VideoDecoder(fs::path path, int threads, const std::string& deinterlace)
    : path_(std::move(path)), threads_(threads), packet_(new_packet()), decoded_(new_frame()) {
  open();
  if (!deinterlace.empty()) deinterlacer_.emplace(deinterlace, stream().time_base, threads);
}

void VideoDecoder::open() {
  demuxer_ = std::make_unique<Demuxer>(path_);
  position_ = 0;
  packet_waits_ = draining_ = false;
  damaged_.clear();
  if (deinterlacer_) deinterlacer_->reset();
  const AVCodecParameters* parameters = stream().codecpar;
  const AVCodec* codec = avcodec_find_decoder(parameters->codec_id);
  if (codec == nullptr) {
    throw Error(ErrorCode::kFormat,
                text("no decoder for the video codec ", avcodec_get_name(parameters->codec_id), " of ",
                     path_.string()),
                "convert the clip to a common codec such as ProRes, H.264 or FFV1 first");
  }
  codec_.reset(avcodec_alloc_context3(codec));
  if (codec_ == nullptr) throw std::bad_alloc();
  avcodec_parameters_to_context(codec_.get(), parameters);
  codec_->pkt_timebase = stream().time_base;
  codec_->thread_count = threads_;
  codec_->max_pixels = std::int64_t{1} << 28;
  const int error = avcodec_open2(codec_.get(), codec, nullptr);
  if (error < 0) {
    throw Error(ErrorCode::kInput,
                text("cannot decode ", path_.string(), " (", codec->name, "): ", ffmpeg_reason(error)));
  }
}

void VideoDecoder::restart() {
  open();
}

bool VideoDecoder::land_on(const KeyPacket& key) {
  const std::int64_t target = key.dts == AV_NOPTS_VALUE ? key.pts : std::min(key.pts, key.dts);
  if (av_seek_frame(&container(), stream().index, target, AVSEEK_FLAG_BACKWARD) < 0) return false;
  // The container may land on an earlier packet; a later one means that it cannot find this key.
  while (demuxer_->read(*packet_)) {
    if (packet_->pts == key.pts) return true;
    const bool behind = packet_->dts != AV_NOPTS_VALUE && key.dts != AV_NOPTS_VALUE && packet_->dts > key.dts;
    if (behind) return false;
  }
  return false;
}

void VideoDecoder::seek(const KeyPacket& key) {
  if (key.packet == 0 || !land_on(key)) {
    restart();
    return;
  }
  avcodec_flush_buffers(codec_.get());
  if (deinterlacer_) deinterlacer_->reset();
  packet_waits_ = true;
  draining_ = false;
  position_ = key.packet;
}

bool VideoDecoder::feed() {
  if (draining_) return false;
  if (!packet_waits_ && !demuxer_->read(*packet_)) {
    draining_ = true;
    avcodec_send_packet(codec_.get(), nullptr);
    return true;
  }
  packet_waits_ = false;
  ++position_;
  const bool has_checksums = codec_->codec_id == AV_CODEC_ID_FFV1 && codec_->extradata_size > 0;
  if (has_checksums && !is_whole_ffv1_packet({packet_->data, static_cast<std::size_t>(packet_->size)}))
    packet_->flags |= AV_PKT_FLAG_CORRUPT;
  if ((packet_->flags & AV_PKT_FLAG_CORRUPT) != 0) damaged_.insert(packet_->pts);
  avcodec_send_packet(codec_.get(), packet_.get());  // an error shows as a frame that never comes
  return true;
}

bool VideoDecoder::decode(AVFrame& frame) {
  for (;;) {
    const int error = avcodec_receive_frame(codec_.get(), &frame);
    if (error == 0) {
      if (damaged_.erase(frame.pts) > 0) frame.flags |= AV_FRAME_FLAG_CORRUPT;
      return true;
    }
    if (error == AVERROR_EOF) return false;
    if (!feed() && error == AVERROR(EAGAIN)) return false;
  }
}

/// Some codecs leave it to the stream to say so.
void VideoDecoder::mark_interlaced(AVFrame& frame) {
  const AVFieldOrder order = stream().codecpar->field_order;
  if (frame.interlaced_frame != 0 || order == AV_FIELD_UNKNOWN || order == AV_FIELD_PROGRESSIVE) return;
  frame.interlaced_frame = 1;
  frame.top_field_first = order == AV_FIELD_TT || order == AV_FIELD_BT ? 1 : 0;
}

bool VideoDecoder::next(AVFrame& frame) {
  if (!deinterlacer_) return decode(frame);
  for (bool ended = false; !deinterlacer_->receive(frame);) {
    if (ended) return false;
    ended = !decode(*decoded_);
    if (!ended) mark_interlaced(*decoded_);
    deinterlacer_->send(ended ? nullptr : decoded_.get());
  }
  return true;
}

}  // namespace understudy::media
