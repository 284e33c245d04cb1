#include "understudy/media/video_encoder.h"

#include <algorithm>
#include <limits>
#include <new>

#include "understudy/core/error.h"
#include "understudy/core/log.h"
#include "understudy/core/text.h"
#include "understudy/media/color_scale.h"
#include "understudy/media/hdr_metadata.h"
#include "understudy/media/pixel_format.h"

namespace understudy::media {
namespace {

using Model = PictureFormat::Model;

/// Codecs that people play rather than edit: pictures without subsampling of their own become 4:2:0, as
/// players expect.
bool is_delivery(const Codec& codec) {
  return codec.writer == "libx264" || codec.writer == "libx265";
}

struct Cost {
  int value = 0;
  std::string loss;
  void lose(int points, const std::string& what) {
    value += points;
    loss += (loss.empty() ? "" : ", ") + what;
  }
};

constexpr int kImpossible = 100000;

/// How badly pictures fit into a pixel format of this layout.
Cost cost_of(const PictureFormat& pictures, const PictureFormat& layout, bool delivery) {
  Cost cost;
  const bool chroma_of_its_own = pictures.model == Model::kYuv;
  const bool even = pictures.width % 2 == 0 && pictures.height % 2 == 0;
  const int want_x = chroma_of_its_own ? pictures.chroma_shift_x : delivery && even ? 1 : 0;
  const int want_y = chroma_of_its_own ? pictures.chroma_shift_y : delivery && even ? 1 : 0;
  const auto fits = [&](int shift_x, int shift_y) {
    return pictures.width % (1 << shift_x) == 0 && pictures.height % (1 << shift_y) == 0;
  };
  if (delivery && layout.model != Model::kYuv) cost.value += kImpossible;
  if (delivery && !(fits(want_x, want_y) && fits(layout.chroma_shift_x, layout.chroma_shift_y)))
    cost.value += kImpossible;
  if (layout.is_float() != pictures.is_float()) {
    if (layout.is_float()) cost.value += kImpossible;
    if (pictures.is_float()) cost.lose(10, "float samples are cut to 0..1");
  }
  if (pictures.model != layout.model) {
    if (layout.model == Model::kGray || pictures.model == Model::kYuv) cost.value += kImpossible;
    if (pictures.model == Model::kRgb) cost.lose(2000, "RGB becomes Y'CbCr");
    if (pictures.model == Model::kGray) cost.value += layout.model == Model::kYuv ? 10 : 20;
  }
  if (pictures.alpha && !layout.alpha) cost.lose(1000, "alpha is dropped");
  if (!pictures.alpha && layout.alpha) cost.value += 5;
  if (layout.bits < pictures.bits)
    cost.lose(100 * (pictures.bits - layout.bits), text(pictures.bits, " bits become ", layout.bits));
  cost.value += std::max(0, layout.bits - pictures.bits);
  if (layout.model == Model::kYuv) {
    const bool coarser = layout.chroma_shift_x > want_x || layout.chroma_shift_y > want_y;
    if (coarser) cost.lose(3000, "chroma is subsampled");
    cost.value +=
        30 * (std::max(0, want_x - layout.chroma_shift_x) + std::max(0, want_y - layout.chroma_shift_y));
    if (pictures.model == Model::kRgb && layout.chroma_shift_x > 0 && !coarser) cost.loss += " 4:2:0";
  }
  return cost;
}

const AVCodec& find_encoder(const Codec& codec) {
  const AVCodec* encoder = avcodec_find_encoder_by_name(codec.writer.c_str());
  if (encoder == nullptr)
    throw Error(ErrorCode::kResource, text("this FFmpeg has no encoder ", codec.writer),
                "choose another codec");
  return *encoder;
}

[[noreturn]] void refuse_format(const std::string& codec_name, const PictureFormat& pictures) {
  throw Error(
      ErrorCode::kUsage,
      text(codec_name, " cannot encode ", pictures.describe(), " (subsampled chroma needs even sizes)"),
      "choose ffv1, prores or a picture sequence, or crop the plate to even sizes");
}

int prores_profile(const std::string& preset, const AVCodecContext& context) {
  if (preset == "proxy") return 0;
  if (preset == "lt") return 1;
  if (preset == "standard") return 2;
  if (preset == "hq") return 3;
  if (preset == "4444") return 4;
  return context.pix_fmt == AV_PIX_FMT_YUV422P10LE ? 3 : 4;
}

std::string dnxhr_profile(const std::string& preset, const AVCodecContext& context) {
  if (preset != "auto") return "dnxhr_" + preset;
  if (context.pix_fmt == AV_PIX_FMT_YUV422P) return "dnxhr_hq";
  return context.pix_fmt == AV_PIX_FMT_YUV422P10LE ? "dnxhr_hqx" : "dnxhr_444";
}

/// FFV1 takes only some slice counts; the least that keeps all threads busy.
int ffv1_slices(int threads) {
  for (const int slices : {4, 6, 9, 12, 16, 24})
    if (slices >= threads) return slices;
  return 30;
}

void set_encoder_options(const Codec& codec, const SourceInfo& like, const SinkOptions& options,
                         AVCodecContext& context, Options& out) {
  const std::string preset =
      options.preset.empty() && !codec.presets.empty() ? codec.presets.front() : options.preset;
  const std::string crf = codec.quality ? fixed(options.quality.value_or(*codec.quality), 2) : "";
  if (codec.writer == "libx264") {
    out.set("preset", preset);
    out.set("crf", crf);
    if (const std::string hdr = x264_hdr_parameters(like); !hdr.empty()) out.set("x264-params", hdr);
  } else if (codec.writer == "libx265") {
    out.set("preset", preset);
    out.set("crf", crf);
    out.set("x265-params", text("log-level=none:pools=", options.threads, x265_hdr_parameters(like)));
  } else if (codec.writer == "prores") {
    context.profile = prores_profile(preset, context);
  } else if (codec.writer == "dnxhd") {
    out.set("profile", dnxhr_profile(preset, context));
  } else if (codec.writer == "ffv1") {
    context.level = 3;
    context.gop_size = 1;
    context.slices = ffv1_slices(options.threads);
    out.set("slicecrc", "1");
  }
}

int range_of(const PictureFormat& pictures, const PictureFormat& layout) {
  if (layout.model == Model::kRgb) return AVCOL_RANGE_JPEG;
  if (layout.model != pictures.model) return AVCOL_RANGE_MPEG;
  if (!pictures.range_tagged) return AVCOL_RANGE_UNSPECIFIED;
  return pictures.full_range ? AVCOL_RANGE_JPEG : AVCOL_RANGE_MPEG;
}

}  // namespace

EncodedFormat encoded_format(const std::string& codec_name, const Codec& codec,
                             const PictureFormat& pictures) {
  const AVCodec& encoder = find_encoder(codec);
  EncodedFormat best;
  int least = kImpossible;
  int most_bits = 8;
  for (const AVPixelFormat* it = encoder.pix_fmts; it != nullptr && *it != AV_PIX_FMT_NONE; ++it) {
    const auto layout = layout_of(*it);
    const bool deprecated_full_range = std::string_view(av_get_pix_fmt_name(*it)).starts_with("yuvj");
    const bool has_padding = av_pix_fmt_desc_get(*it)->comp[0].shift != 0;
    if (!layout || deprecated_full_range || has_padding) continue;
    most_bits = std::max(most_bits, layout->bits);
    Cost cost = cost_of(pictures, *layout, is_delivery(codec));
    if (cost.value >= least) continue;
    least = cost.value;
    best = {*it, std::move(cost.loss)};
  }
  if (best.pixel_format == AV_PIX_FMT_NONE) refuse_format(codec_name, pictures);
  if (pictures.bits > most_bits && most_bits == 8)
    throw Error(ErrorCode::kUsage,
                text("this build's ", codec_name, " encodes 8 bits only, the pictures have ", pictures.bits),
                "choose hevc, prores or ffv1");
  return best;
}

VideoEncoder::VideoEncoder(const Codec& codec, const SourceInfo& like, AVRational time_base,
                           const SinkOptions& options, bool global_header)
    : threads_(options.threads) {
  const AVCodec& encoder = find_encoder(codec);
  const EncodedFormat format = encoded_format(options.codec, codec, like.format);
  if (!format.loss.empty())
    log_warning(text(options.codec, " from ", like.format.describe(), ": ", format.loss));
  context_.reset(avcodec_alloc_context3(&encoder));
  if (context_ == nullptr) throw std::bad_alloc();
  context_->width = like.format.width;
  context_->height = like.format.height;
  context_->pix_fmt = format.pixel_format;
  context_->time_base = time_base;
  const Rational rate = like.frame_rate.value_or(options.frame_rate);
  context_->framerate = {rate.num, rate.den};
  context_->sample_aspect_ratio = {like.sample_aspect.num, like.sample_aspect.den};
  context_->thread_count = options.threads;
  if (global_header) context_->flags |= AV_CODEC_FLAG_GLOBAL_HEADER;
  set_color(like.format);
  Options encoder_options;
  set_encoder_options(codec, like, options, *context_, encoder_options);
  const int error = avcodec_open2(context_.get(), &encoder, encoder_options.get());
  if (error < 0)
    throw Error(ErrorCode::kUsage,
                text(options.codec, " cannot encode ", like.format.describe(), ": ", ffmpeg_reason(error)),
                "choose another codec, quality or preset");
}

void VideoEncoder::set_color(const PictureFormat& pictures) {
  const PictureFormat layout = *layout_of(context_->pix_fmt);
  const bool became_yuv = layout.model == Model::kYuv && pictures.model != Model::kYuv;
  context_->color_range = static_cast<AVColorRange>(range_of(pictures, layout));
  context_->colorspace = static_cast<AVColorSpace>(became_yuv ? AVCOL_SPC_BT709 : pictures.matrix);
  context_->color_primaries = static_cast<AVColorPrimaries>(pictures.primaries);
  context_->color_trc = static_cast<AVColorTransferCharacteristic>(pictures.transfer);
  const bool same_chroma =
      layout.chroma_shift_x == pictures.chroma_shift_x && layout.chroma_shift_y == pictures.chroma_shift_y;
  if (same_chroma) context_->chroma_sample_location = static_cast<AVChromaLocation>(pictures.chroma_location);
}

void VideoEncoder::convert(const Picture& picture, AVFrame& frame) {
  const PictureFormat& from = picture.format();
  const PictureFormat to = *layout_of(context_->pix_fmt);
  const bool plain = from.model == to.model && from.alpha == to.alpha && from.bits <= to.bits &&
                     from.is_float() == to.is_float() && from.chroma_shift_x == to.chroma_shift_x &&
                     from.chroma_shift_y == to.chroma_shift_y;
  if (plain) return pack(picture, frame);
  if (scaler_ == nullptr) {
    const AVPixelFormat planar = planar_pixel_format(from);
    if (planar == AV_PIX_FMT_NONE)
      throw Error(ErrorCode::kUsage, text("cannot encode ", from.describe()),
                  "choose ffv1 or a picture sequence");
    unscaled_ = new_frame();
    unscaled_->format = planar;
    unscaled_->width = from.width;
    unscaled_->height = from.height;
    if (av_frame_get_buffer(unscaled_.get(), 0) < 0) throw std::bad_alloc();
    scaler_.reset(sws_getContext(from.width, from.height, planar, from.width, from.height, context_->pix_fmt,
                                 SWS_BICUBIC | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INT | SWS_FULL_CHR_H_INP,
                                 nullptr, nullptr, nullptr));
    if (scaler_ == nullptr)
      throw Error(ErrorCode::kUsage, text("cannot convert ", from.describe(), " for this codec"));
    const int from_matrix = from.model == Model::kYuv ? effective_matrix(from) : AVCOL_SPC_BT709;
    const bool to_full = from.model == to.model ? from.full_range : false;
    sws_setColorspaceDetails(scaler_.get(), sws_getCoefficients(from_matrix), from.full_range ? 1 : 0,
                             sws_getCoefficients(from_matrix), to_full ? 1 : 0, 0, 1 << 16, 1 << 16);
  }
  pack(picture, *unscaled_);
  if (sws_scale_frame(scaler_.get(), &frame, unscaled_.get()) < 0)
    throw Error(ErrorCode::kResource, "converting a picture for the encoder failed");
}

/// One that the encoder does not hold any more.
AVFrame& VideoEncoder::free_frame() {
  const auto is_free = [](const auto& frame) { return av_frame_is_writable(frame.get()) != 0; };
  const auto found = std::ranges::find_if(frames_, is_free);
  if (found != frames_.end()) return **found;
  FfmpegPtr<AVFrame> frame = new_frame();
  frame->format = context_->pix_fmt;
  frame->width = context_->width;
  frame->height = context_->height;
  frame->color_range = context_->color_range;
  frame->colorspace = context_->colorspace;
  frame->color_primaries = context_->color_primaries;
  frame->color_trc = context_->color_trc;
  frame->chroma_location = context_->chroma_sample_location;
  frame->sample_aspect_ratio = context_->sample_aspect_ratio;
  if (av_frame_get_buffer(frame.get(), 0) < 0) throw std::bad_alloc();
  return *frames_.emplace_back(std::move(frame));
}

void VideoEncoder::send(const Picture& picture, std::int64_t pts) {
  AVFrame& frame = free_frame();
  frame.pts = pts;
  convert(picture, frame);
  const int error = avcodec_send_frame(context_.get(), &frame);
  if (error < 0) throw Error(ErrorCode::kResource, text("the encoder failed: ", ffmpeg_reason(error)));
}

void VideoEncoder::send_end() {
  avcodec_send_frame(context_.get(), nullptr);
}

bool VideoEncoder::receive(AVPacket& packet) {
  const int error = avcodec_receive_packet(context_.get(), &packet);
  if (error == AVERROR(EAGAIN) || error == AVERROR_EOF) return false;
  if (error < 0) throw Error(ErrorCode::kResource, text("the encoder failed: ", ffmpeg_reason(error)));
  return true;
}

}  // namespace understudy::media
