#include "understudy/compose/warp.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <vector>

namespace understudy::compose {
namespace {

/// to[x] += from[x].
[[gnu::target_clones("avx2", "default")]] void add(const float* from, float* to, std::size_t count) {
  for (std::size_t x = 0; x < count; ++x) to[x] += from[x];
}

}  // namespace

face::Affine from_smaller(double fx, double fy) {
  return {fx, 0, (fx - 1) / 2, 0, fy, (fy - 1) / 2};  // the first one's centre lies half a pixel further in
}

int whole_factor(double scale) {
  constexpr double kSmallest = 1.0 / 4096;
  return std::max(1, static_cast<int>(0.5 / std::max(scale, kSmallest)));
}

cv::Mat shrunk(const cv::Mat& picture, int factor) {
  if (factor == 1) return picture;
  const int channels = picture.channels();
  const cv::Size size(std::max(1, picture.cols / factor), std::max(1, picture.rows / factor));
  const int across = std::min(factor, picture.cols), down = std::min(factor, picture.rows);
  cv::Mat out(size, picture.type());
  std::vector<float> sums(static_cast<std::size_t>(size.width * across * channels));
  const float share = 1.0F / static_cast<float>(across * down);
  for (int y = 0; y < size.height; ++y) {
    std::ranges::fill(sums, 0.0F);
    for (int k = 0; k < down; ++k) add(picture.ptr<float>(y * factor + k), sums.data(), sums.size());
    const float* from = sums.data();
    for (float* to = out.ptr<float>(y); to != out.ptr<float>(y) + size.width * channels;
         from += across * channels)
      for (int c = 0; c < channels; ++c) {
        float sum = 0;
        for (int k = 0; k < across; ++k) sum += from[k * channels + c];
        *to++ = share * sum;
      }
  }
  return out;
}

cv::Mat warp(const cv::Mat& source, const face::Affine& target_from_source, cv::Size size,
             Resampling resampling) {
  cv::Mat from = source;
  face::Affine target_from = target_from_source;
  if (const int factor = whole_factor(face::scale_of(target_from)); factor > 1) {
    from = shrunk(from, factor);
    target_from = face::compose(target_from, from_smaller(factor, factor));
  }
  if (const double scale = face::scale_of(target_from); scale < 0.9) {
    const cv::Size smaller(std::max(1, static_cast<int>(std::ceil(from.cols * scale))),
                           std::max(1, static_cast<int>(std::ceil(from.rows * scale))));
    target_from = face::compose(target_from, from_smaller(static_cast<double>(from.cols) / smaller.width,
                                                          static_cast<double>(from.rows) / smaller.height));
    cv::resize(from, from, smaller, 0, 0, cv::INTER_AREA);
  }
  return face::resample(from, face::inverse(target_from), size, resampling);
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
