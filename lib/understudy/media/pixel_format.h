#pragma once

#include <optional>

#include "understudy/media/ffmpeg.h"
#include "understudy/media/picture.h"

namespace understudy::media {

/// The layout of FFmpeg's pixel format (sizes, tags and range unset), or nothing where a Picture cannot hold
/// it as it is.
std::optional<PictureFormat> layout_of(AVPixelFormat format);

/// The planar pixel format of this machine's byte order that has exactly this layout; AV_PIX_FMT_NONE if
/// there is none.
AVPixelFormat planar_pixel_format(const PictureFormat& format);

/// Copies decoded frames into pictures without loss. Formats with fewer than 8 bits or a palette become 8-bit
/// ones.
class Unpacker {
 public:
  /// Format and tags of `frame`. `tags` supplies what the frame leaves untagged.
  /// Throws Error kFormat for what cannot be held: hardware surfaces, XYZ, matrices such as YCgCo.
  static PictureFormat format_of(const AVFrame& frame, const AVCodecParameters& tags);
  Picture unpack(const AVFrame& frame, const PictureFormat& format);

 private:
  FfmpegPtr<SwsContext> scaler_;
  FfmpegPtr<AVFrame> scaled_;
};

/// Copies `picture` into `frame`, whose buffers are allocated, writable, little-endian without unused low
/// bits, and of the same model and subsampling. Bits may grow (codes are shifted, or stretched for full
/// range); they must not shrink.
void pack(const Picture& picture, AVFrame& frame);

}  // namespace understudy::media
