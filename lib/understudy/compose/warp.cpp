#include "understudy/compose/warp.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace understudy::compose {

cv::Mat warp(const cv::Mat& source, const face::Affine& target_from_source, cv::Size size,
             Resampling resampling) {
  const double scale = face::scale_of(target_from_source);
  cv::Mat from = source;
  face::Affine target_from = target_from_source;
  if (scale < 0.9) {
    const cv::Size smaller(std::max(1, static_cast<int>(std::ceil(source.cols * scale))),
                           std::max(1, static_cast<int>(std::ceil(source.rows * scale))));
    const double fx = static_cast<double>(source.cols) / smaller.width;
    const double fy = static_cast<double>(source.rows) / smaller.height;
    cv::resize(source, from, smaller, 0, 0, cv::INTER_AREA);
    // A pixel of the smaller picture covers fx x fy of the source: its centre lies half a pixel further in.
    target_from = face::compose(target_from, face::Affine(fx, 0, (fx - 1) / 2, 0, fy, (fy - 1) / 2));
  }
  const bool sharp = resampling == Resampling::kSharp;
  cv::Mat out;
  cv::warpAffine(from, out, target_from, size, sharp ? cv::INTER_CUBIC : cv::INTER_LINEAR,
                 sharp ? cv::BORDER_REPLICATE : cv::BORDER_CONSTANT);
  return out;
}

cv::Rect region_in_frame(const cv::Rect& matte_extent, const face::Affine& frame_from_aligned, cv::Size frame,
                         int margin) {
  if (matte_extent.empty()) return {};
  std::array<cv::Point2d, 4> corners;
  for (int i = 0; i < 4; ++i)
    corners[static_cast<std::size_t>(i)] = face::transform(
        frame_from_aligned, cv::Point2d(matte_extent.x - 1 + (i % 2) * (matte_extent.width + 1),
                                        matte_extent.y - 1 + (i / 2) * (matte_extent.height + 1)));
  const auto inside = [](double value, int limit) { return std::clamp(value, -1.0, limit + 1.0); };
  double left = frame.width, top = frame.height, right = -1, bottom = -1;
  for (const cv::Point2d& p : corners) {
    left = std::min(left, inside(p.x - margin, frame.width));
    right = std::max(right, inside(p.x + margin, frame.width));
    top = std::min(top, inside(p.y - margin, frame.height));
    bottom = std::max(bottom, inside(p.y + margin, frame.height));
  }
  const cv::Point first(static_cast<int>(std::floor(left)), static_cast<int>(std::floor(top)));
  const cv::Point last(static_cast<int>(std::ceil(right)) + 1, static_cast<int>(std::ceil(bottom)) + 1);
  return cv::Rect(first, last) & cv::Rect({}, frame);
}

}  // namespace understudy::compose
