#include "understudy/media/deinterlacer.h"

#include <new>

#include "understudy/core/error.h"
#include "understudy/core/text.h"
#include "understudy/media/pixel_format.h"

namespace understudy::media {
namespace {

/// The planar format of the same samples: filters take nothing else.
const char* planar_name(AVPixelFormat format) {
  const auto layout = layout_of(format);
  const AVPixelFormat planar = layout ? planar_pixel_format(*layout) : AV_PIX_FMT_NONE;
  if (planar == AV_PIX_FMT_NONE)
    throw Error(ErrorCode::kFormat,
                text("frames of the pixel format ", av_get_pix_fmt_name(format), " cannot be deinterlaced"),
                "convert the clip to a planar format first");
  return av_get_pix_fmt_name(planar);
}

}  // namespace

bool Deinterlacer::fits(const AVFrame& frame) const {
  return graph_ != nullptr && frame.width == width_ && frame.height == height_ &&
         frame.format == pixel_format_;
}

void Deinterlacer::build(const AVFrame& like) {
  width_ = like.width;
  height_ = like.height;
  pixel_format_ = like.format;
  const auto format = static_cast<AVPixelFormat>(like.format);
  graph_.reset(avfilter_graph_alloc());
  if (graph_ == nullptr) throw std::bad_alloc();
  graph_->nb_threads = threads_;
  const std::string description =
      text("buffer@in=video_size=", like.width, "x", like.height, ":pix_fmt=", av_get_pix_fmt_name(format),
           ":time_base=", time_base_.num, "/", time_base_.den, ",format=pix_fmts=", planar_name(format), ",",
           filter_, ",buffersink@out");
  AVFilterInOut *inputs = nullptr, *outputs = nullptr;
  int error = avfilter_graph_parse2(graph_.get(), description.c_str(), &inputs, &outputs);
  avfilter_inout_free(&inputs);
  avfilter_inout_free(&outputs);
  if (error >= 0) error = avfilter_graph_config(graph_.get(), nullptr);
  if (error < 0)
    throw Error(ErrorCode::kFormat,
                text("cannot deinterlace frames of the pixel format ", av_get_pix_fmt_name(format), ": ",
                     ffmpeg_reason(error)),
                "deinterlace the clip first");
  in_ = avfilter_graph_get_filter(graph_.get(), "buffer@in");
  out_ = avfilter_graph_get_filter(graph_.get(), "buffersink@out");
}

void Deinterlacer::send(AVFrame* frame) {
  if (frame == nullptr && graph_ == nullptr) return;
  if (frame != nullptr && !fits(*frame)) build(*frame);
  const int error = av_buffersrc_add_frame(in_, frame);
  if (error < 0) throw Error(ErrorCode::kFormat, text("cannot deinterlace a frame: ", ffmpeg_reason(error)));
}

bool Deinterlacer::receive(AVFrame& frame) {
  if (graph_ == nullptr) return false;
  av_frame_unref(&frame);
  if (av_buffersink_get_frame(out_, &frame) < 0) return false;
  if (frame.pts != AV_NOPTS_VALUE)
    frame.pts = av_rescale_q(frame.pts, av_buffersink_get_time_base(out_), time_base_);
  return true;
}

}  // namespace understudy::media
