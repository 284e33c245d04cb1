#include "understudy/media/pixel_format.h"

#include <bit>
#include <cmath>
#include <cstring>

#include "understudy/core/error.h"
#include "understudy/core/text.h"
#include "understudy/media/color_scale.h"

namespace understudy::media {
namespace {

static_assert(std::endian::native == std::endian::little, "sample copies assume a little-endian machine");

using Model = PictureFormat::Model;
using Sample = PictureFormat::Sample;

struct Component {
  int plane, step, offset, shift;
  bool swapped;  ///< big-endian 16-bit samples
};

Component component_of(AVPixelFormat format, int index) {
  const AVPixFmtDescriptor* description = av_pix_fmt_desc_get(format);
  const AVComponentDescriptor& component = description->comp[index];
  return {component.plane, component.step, component.offset, component.shift,
          (description->flags & AV_PIX_FMT_FLAG_BE) != 0 && component.depth > 8};
}

std::uint16_t byte_swapped(std::uint16_t value) {
  return static_cast<std::uint16_t>(value << 8 | value >> 8);
}

/// What swscale turns a format into that has no plain samples of 8 bits or more. Only exact conversions are
/// listed.
AVPixelFormat exact_stand_in(AVPixelFormat format) {
  const AVPixFmtDescriptor* description = av_pix_fmt_desc_get(format);
  if (description == nullptr || (description->flags & (AV_PIX_FMT_FLAG_HWACCEL | AV_PIX_FMT_FLAG_FLOAT)) != 0)
    return AV_PIX_FMT_NONE;
  if ((description->flags & AV_PIX_FMT_FLAG_PAL) != 0) return AV_PIX_FMT_BGRA;
  if (format == AV_PIX_FMT_MONOBLACK || format == AV_PIX_FMT_MONOWHITE) return AV_PIX_FMT_GRAY8;
  if (format == AV_PIX_FMT_UYYVYY411) return AV_PIX_FMT_YUV411P;
  const bool small_rgb = (description->flags & AV_PIX_FMT_FLAG_RGB) != 0 && description->comp[0].depth < 8;
  return small_rgb ? AV_PIX_FMT_RGB24 : AV_PIX_FMT_NONE;
}

AVPixelFormat pixel_format_of(const AVFrame& frame) {
  return static_cast<AVPixelFormat>(frame.format);
}

bool is_full_range_by_name(AVPixelFormat format) {
  switch (format) {
    case AV_PIX_FMT_YUVJ420P:
    case AV_PIX_FMT_YUVJ422P:
    case AV_PIX_FMT_YUVJ444P:
    case AV_PIX_FMT_YUVJ440P:
    case AV_PIX_FMT_YUVJ411P:
      return true;
    default:
      return false;
  }
}

template <class T>
void copy_samples(const AVFrame& frame, const Component& from, cv::Mat& plane) {
  for (int row = 0; row < plane.rows; ++row) {
    const std::uint8_t* source =
        frame.data[from.plane] + std::ptrdiff_t{row} * frame.linesize[from.plane] + from.offset;
    T* to = plane.ptr<T>(row);
    if (from.step == sizeof(T) && from.shift == 0 && !from.swapped) {
      std::memcpy(to, source, static_cast<std::size_t>(plane.cols) * sizeof(T));
      continue;
    }
    for (int x = 0; x < plane.cols; ++x, source += from.step) {
      T value;
      std::memcpy(&value, source, sizeof(T));
      if constexpr (sizeof(T) == 2) {
        if (from.swapped) value = byte_swapped(value);
      }
      if constexpr (std::is_integral_v<T>) value = static_cast<T>(value >> from.shift);
      to[x] = value;
    }
  }
}

void mask_high_bits(cv::Mat& plane, int bits) {
  if (bits < 16) cv::bitwise_and(plane, cv::Scalar((1 << bits) - 1), plane);
}

/// Codes of `from_bits` as codes of `to_bits`, which are not fewer. Limited range is shifted, full range
/// stretched, around the middle for chroma.
class Widening {
 public:
  Widening(int from_bits, int to_bits, bool full_range, bool chroma)
      : shift_(to_bits - from_bits),
        stretch_(full_range ? ((1 << to_bits) - 1.0) / ((1 << from_bits) - 1.0) : 0),
        from_middle_(chroma ? 1 << (from_bits - 1) : 0),
        to_middle_(chroma ? 1 << (to_bits - 1) : 0) {}
  std::uint16_t operator()(int code) const {
    if (stretch_ == 0 || shift_ == 0) return static_cast<std::uint16_t>(code << shift_);
    return static_cast<std::uint16_t>(to_middle_ + std::lrint((code - from_middle_) * stretch_));
  }

 private:
  int shift_;
  double stretch_;
  int from_middle_, to_middle_;
};

template <class From, class To>
void store_samples(const cv::Mat& plane, const Widening& widened, const Component& to, AVFrame& frame) {
  for (int row = 0; row < plane.rows; ++row) {
    std::uint8_t* out = frame.data[to.plane] + std::ptrdiff_t{row} * frame.linesize[to.plane] + to.offset;
    const From* from = plane.ptr<From>(row);
    for (int x = 0; x < plane.cols; ++x, out += to.step) {
      const auto value = static_cast<To>(widened(from[x]));
      std::memcpy(out, &value, sizeof(To));
    }
  }
}

void copy_rows(const cv::Mat& plane, const Component& to, AVFrame& frame) {
  for (int row = 0; row < plane.rows; ++row)
    std::memcpy(frame.data[to.plane] + std::ptrdiff_t{row} * frame.linesize[to.plane], plane.ptr(row),
                static_cast<std::size_t>(plane.cols) * plane.elemSize());
}

}  // namespace

std::optional<PictureFormat> layout_of(AVPixelFormat format) {
  const AVPixFmtDescriptor* description = av_pix_fmt_desc_get(format);
  constexpr auto kOther =
      AV_PIX_FMT_FLAG_HWACCEL | AV_PIX_FMT_FLAG_BITSTREAM | AV_PIX_FMT_FLAG_PAL | AV_PIX_FMT_FLAG_BAYER;
  if (description == nullptr || (description->flags & kOther) != 0 || format == AV_PIX_FMT_UYYVYY411 ||
      format == AV_PIX_FMT_XYZ12LE || format == AV_PIX_FMT_XYZ12BE)
    return std::nullopt;
  const int depth = description->comp[0].depth;
  const bool is_float = (description->flags & AV_PIX_FMT_FLAG_FLOAT) != 0;
  for (int i = 0; i < description->nb_components; ++i) {
    const AVComponentDescriptor& component = description->comp[i];
    if (component.depth != depth || component.shift + depth > (is_float ? 32 : depth > 8 ? 16 : 8))
      return std::nullopt;
  }
  const bool usable_float = depth == 32 && (description->flags & AV_PIX_FMT_FLAG_BE) == 0;
  if (is_float ? !usable_float : depth < 8 || depth > 16) return std::nullopt;

  PictureFormat layout;
  layout.alpha = (description->flags & AV_PIX_FMT_FLAG_ALPHA) != 0;
  const int colors = description->nb_components - (layout.alpha ? 1 : 0);
  if (colors != 1 && colors != 3) return std::nullopt;
  layout.model = colors == 1                                       ? Model::kGray
                 : (description->flags & AV_PIX_FMT_FLAG_RGB) != 0 ? Model::kRgb
                                                                   : Model::kYuv;
  if (layout.model == Model::kYuv) {
    layout.chroma_shift_x = description->log2_chroma_w;
    layout.chroma_shift_y = description->log2_chroma_h;
  }
  layout.bits = is_float ? 16 : depth;
  layout.sample = is_float ? Sample::kFloat : depth > 8 ? Sample::kU16 : Sample::kU8;
  return layout;
}

AVPixelFormat planar_pixel_format(const PictureFormat& format) {
  for (const AVPixFmtDescriptor* it = av_pix_fmt_desc_next(nullptr); it != nullptr;
       it = av_pix_fmt_desc_next(it)) {
    const AVPixelFormat candidate = av_pix_fmt_desc_get_id(it);
    const bool grey_with_alpha = format.model == Model::kGray && format.alpha;  // packed is all there is
    const bool planar =
        (it->flags & AV_PIX_FMT_FLAG_PLANAR) != 0 || it->nb_components == 1 || grey_with_alpha;
    if (!planar || (it->flags & AV_PIX_FMT_FLAG_BE) != 0 || is_full_range_by_name(candidate)) continue;
    auto layout = layout_of(candidate);
    if (!layout || av_pix_fmt_count_planes(candidate) != (grey_with_alpha ? 1 : format.plane_count()))
      continue;
    if (it->comp[0].shift != 0) continue;
    layout->width = format.width;
    layout->height = format.height;
    if (format.is_float() && layout->is_float()) layout->sample = format.sample;
    if (layout->is_float()) layout->bits = format.bits;
    if (layout->same_layout(format)) return candidate;
  }
  return AV_PIX_FMT_NONE;
}

PictureFormat Unpacker::format_of(const AVFrame& frame, const AVCodecParameters& tags) {
  const AVPixelFormat pixel_format = pixel_format_of(frame);
  auto layout = layout_of(pixel_format);
  if (!layout) layout = layout_of(exact_stand_in(pixel_format));
  const char* name = av_get_pix_fmt_name(pixel_format);
  if (!layout) {
    throw Error(ErrorCode::kFormat,
                text("the pixel format ", name == nullptr ? "?" : name, " is not supported"),
                "convert the clip to yuv, rgb or grey samples of 8 to 16 bits first");
  }
  PictureFormat format = *layout;
  format.width = frame.width;
  format.height = frame.height;
  const auto tag = [](int of_frame, int of_stream, int unknown) {
    return of_frame != unknown ? of_frame : of_stream;
  };
  format.matrix = tag(frame.colorspace, tags.color_space, AVCOL_SPC_UNSPECIFIED);
  format.primaries = tag(frame.color_primaries, tags.color_primaries, AVCOL_PRI_UNSPECIFIED);
  format.transfer = tag(frame.color_trc, tags.color_trc, AVCOL_TRC_UNSPECIFIED);
  format.chroma_location = tag(frame.chroma_location, tags.chroma_location, AVCHROMA_LOC_UNSPECIFIED);
  const int range = tag(frame.color_range, tags.color_range, AVCOL_RANGE_UNSPECIFIED);
  format.range_tagged = range != AVCOL_RANGE_UNSPECIFIED || is_full_range_by_name(pixel_format);
  format.full_range = format.model != Model::kYuv || is_full_range_by_name(pixel_format);
  if (range != AVCOL_RANGE_UNSPECIFIED) format.full_range = range == AVCOL_RANGE_JPEG;
  if (format.model == Model::kRgb) format.matrix = AVCOL_SPC_RGB;
  if (format.model == Model::kYuv && !is_known_matrix(format.matrix)) {
    const char* matrix = av_color_space_name(static_cast<AVColorSpace>(format.matrix));
    throw Error(ErrorCode::kFormat,
                text("the colour matrix ", matrix == nullptr ? std::to_string(format.matrix) : matrix,
                     " is not supported"),
                "convert the clip to bt709 or bt2020nc first");
  }
  return format;
}

Picture Unpacker::unpack(const AVFrame& frame, const PictureFormat& format) {
  const AVFrame* from = &frame;
  AVPixelFormat pixel_format = pixel_format_of(frame);
  if (!layout_of(pixel_format)) {
    const AVPixelFormat stand_in = exact_stand_in(pixel_format);
    scaler_.reset(sws_getCachedContext(
        scaler_.release(), frame.width, frame.height, pixel_format, frame.width, frame.height, stand_in,
        SWS_POINT | SWS_ACCURATE_RND | SWS_FULL_CHR_H_INP, nullptr, nullptr, nullptr));
    scaled_ = new_frame();
    if (scaler_ == nullptr || sws_scale_frame(scaler_.get(), scaled_.get(), &frame) < 0) {
      throw Error(ErrorCode::kFormat,
                  text("cannot unpack the pixel format ", av_get_pix_fmt_name(pixel_format)),
                  "convert the clip first");
    }
    from = scaled_.get();
    pixel_format = stand_in;
  }
  Picture picture = Picture::uninitialized(format);
  for (int i = 0; i < format.plane_count(); ++i) {
    const Component component = component_of(pixel_format, i);
    if (format.is_float()) {
      copy_samples<float>(*from, component, picture.plane(i));
    } else if (format.sample == Sample::kU8) {
      copy_samples<std::uint8_t>(*from, component, picture.plane(i));
    } else {
      copy_samples<std::uint16_t>(*from, component, picture.plane(i));
      if (component.step != 2) mask_high_bits(picture.plane(i), format.bits);
    }
  }
  return picture;
}

void pack(const Picture& picture, AVFrame& frame) {
  const AVPixelFormat pixel_format = pixel_format_of(frame);
  const PictureFormat layout = *layout_of(pixel_format);
  const PictureFormat& format = picture.format();
  for (int i = 0; i < format.plane_count(); ++i) {
    const Component to = component_of(pixel_format, i);
    const cv::Mat& plane = picture.plane(i);
    const auto sample_bytes = static_cast<int>(plane.elemSize());
    const bool same_codes =
        format.is_float() || (layout.bits == format.bits && layout.sample == format.sample);
    if (same_codes && to.step == sample_bytes) {
      copy_rows(plane, to, frame);
      continue;
    }
    const Widening widened(format.bits, layout.bits, format.full_range, format.is_chroma(i));
    if (format.sample == Sample::kU8 && layout.sample == Sample::kU8) {
      store_samples<std::uint8_t, std::uint8_t>(plane, widened, to, frame);
    } else if (format.sample == Sample::kU8) {
      store_samples<std::uint8_t, std::uint16_t>(plane, widened, to, frame);
    } else {
      store_samples<std::uint16_t, std::uint16_t>(plane, widened, to, frame);
    }
  }
}

}  // namespace understudy::media
