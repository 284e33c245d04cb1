#include "understudy/media/picture.h"

#include "understudy/core/error.h"
#include "understudy/core/text.h"

namespace understudy::media {

cv::Size PictureFormat::plane_size(int plane) const {
  if (!is_chroma(plane)) return {width, height};
  const auto shrunk = [](int size, int shift) { return (size + (1 << shift) - 1) >> shift; };
  return {shrunk(width, chroma_shift_x), shrunk(height, chroma_shift_y)};
}

int PictureFormat::mat_type() const {
  if (is_float()) return CV_32FC1;
  return sample == Sample::kU8 ? CV_8UC1 : CV_16UC1;
}

bool PictureFormat::same_layout(const PictureFormat& other) const {
  return width == other.width && height == other.height && model == other.model && bits == other.bits &&
         chroma_shift_x == other.chroma_shift_x && chroma_shift_y == other.chroma_shift_y &&
         sample == other.sample && alpha == other.alpha;
}

std::string PictureFormat::describe() const {
  std::string out = text(width, "x", height, " ");
  if (model == Model::kYuv) {
    const bool halved_rows = chroma_shift_y > 0;
    const int across = 4 >> chroma_shift_x;
    out += chroma_shift_x == 0 && halved_rows ? "yuv 4:4:0"
                                              : text("yuv 4:", across, ":", halved_rows ? 0 : across);
  } else {
    out += model == Model::kRgb ? "rgb" : "grey";
  }
  if (alpha) out += " with alpha";
  if (is_float()) return out + (sample == Sample::kHalf ? " half" : " float");
  return out + text(" ", bits, "-bit");
}

Picture Picture::uninitialized(const PictureFormat& format) {
  Picture picture;
  picture.format_ = format;
  for (int i = 0; i < format.plane_count(); ++i)
    picture.planes_.emplace_back(format.plane_size(i), format.mat_type());
  return picture;
}

Picture::Picture(const PictureFormat& format) : Picture(uninitialized(format)) {
  for (cv::Mat& plane : planes_) plane.setTo(0);
}

Picture Picture::clone() const {
  Picture copy;
  copy.format_ = format_;
  for (const cv::Mat& plane : planes_) copy.planes_.push_back(plane.clone());
  return copy;
}

Picture Picture::rotated(int clockwise_degrees) const {
  if (clockwise_degrees == 0) return *this;
  const bool sideways = clockwise_degrees != 180;
  const int shift_x = format_.chroma_shift_x, shift_y = format_.chroma_shift_y;
  if (sideways && shift_x != shift_y) {
    throw Error(ErrorCode::kFormat,
                text("a picture of ", format_.describe(), " cannot be turned by ", clockwise_degrees,
                     " degrees without resampling its colour"),
                "convert it to 4:4:4 or 4:2:0, or turn it upright, before");
  }
  if (format_.width % (1 << shift_x) != 0 || format_.height % (1 << shift_y) != 0) {
    throw Error(ErrorCode::kFormat,
                text("a picture of ", format_.describe(), " with an odd size cannot be turned exactly"),
                "turn the clip upright or convert it to 4:4:4 before");
  }
  Picture turned;
  turned.format_ = format_;
  if (sideways) std::swap(turned.format_.width, turned.format_.height);
  if (shift_x + shift_y > 0 && format_.chroma_location != 2) turned.format_.chroma_location = 0;
  const int code = clockwise_degrees == 90    ? cv::ROTATE_90_CLOCKWISE
                   : clockwise_degrees == 180 ? cv::ROTATE_180
                                              : cv::ROTATE_90_COUNTERCLOCKWISE;
  for (const cv::Mat& plane : planes_) cv::rotate(plane, turned.planes_.emplace_back(), code);
  return turned;
}

}  // namespace understudy::media
