#include "understudy/vision/warp.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "understudy/face/resample.h"

namespace understudy::vision {
namespace {

constexpr double kMostShrink = 4096;

/// The pixels of `picture` that the output and `margin` pixels around them come from.
cv::Rect used_area(const cv::Mat& picture, const face::Affine& picture_from_out, cv::Size size, int margin) {
  std::array<cv::Point2f, 4> corners;
  for (int i = 0; i < 4; ++i)
    corners[i] =
        face::transform(picture_from_out, cv::Point2d(i % 2 * (size.width - 1), i / 2 * (size.height - 1)));
  const face::Box box = face::bounding_box(corners);
  // Clamped before it becomes an integer: the map may lead anywhere.
  const auto inside = [](float value, int end) {
    return static_cast<int>(std::clamp(value, 0.f, static_cast<float>(end)));
  };
  const int left = inside(box.x - static_cast<float>(margin), picture.cols - 1);
  const int top = inside(box.y - static_cast<float>(margin), picture.rows - 1);
  const int right = inside(box.br().x + static_cast<float>(margin) + 1, picture.cols - 1);
  const int bottom = inside(box.br().y + static_cast<float>(margin) + 1, picture.rows - 1);
  return {left, top, right - left + 1, bottom - top + 1};
}

/// Means of `factor` x `factor` pixels; what is left at the right and lower border is not seen, unless there
/// is no more.
cv::Mat means(const cv::Mat& picture, int factor) {
  const cv::Size size(std::max(1, picture.cols / factor), std::max(1, picture.rows / factor));
  const cv::Rect used(0, 0, std::min(picture.cols, size.width * factor),
                      std::min(picture.rows, size.height * factor));
  cv::Mat out;
  cv::resize(picture(used), out, size, 0, 0, cv::INTER_AREA);
  return out;
}

}  // namespace

cv::Mat warp(const cv::Mat& picture, const face::Affine& out_from_picture, cv::Size size) {
  const face::Affine picture_from_out = face::inverse(out_from_picture);
  const double shrink = face::scale_of(picture_from_out);
  const int factor = std::max(1, static_cast<int>(std::min(shrink, kMostShrink)));
  // A Gaussian that, with the pixel's own extent, is as wide as an output pixel.
  const double left = shrink / factor, sigma = left > 1 ? 0.5 * std::sqrt(left * left - 1) : 0;
  const cv::Rect area = used_area(picture, picture_from_out, size, factor * (3 + cvCeil(3 * sigma)));
  cv::Mat source = factor > 1 ? means(picture(area), factor) : picture(area);
  if (sigma > 0.1) {
    cv::Mat smooth;
    cv::GaussianBlur(source, smooth, {}, sigma, sigma, cv::BORDER_REPLICATE);
    source = smooth;
  }
  const double share = 1.0 / factor;
  const face::Affine source_from_picture(share, 0, share * (0.5 - area.x) - 0.5, 0, share,
                                         share * (0.5 - area.y) - 0.5);
  return face::resample(source, face::compose(source_from_picture, picture_from_out), size,
                        face::Resampling::kSharp);
}

cv::Mat halved(cv::Mat picture, int times) {
  for (; times > 0; --times) picture = means(picture, 2);
  return picture;
}

int halvings(cv::Size from, cv::Size to) {
  int times = 0;
  while ((from.width >> (times + 1)) >= to.width && (from.height >> (times + 1)) >= to.height) ++times;
  return times;
}

}  // namespace understudy::vision
