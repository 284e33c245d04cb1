#include "understudy/compose/quality.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

namespace understudy::compose {
namespace {

cv::Mat ssim_blur(const cv::Mat& picture) {
  cv::Mat out;
  cv::GaussianBlur(picture, out, {11, 11}, 1.5, 1.5, cv::BORDER_REFLECT_101);
  return out;
}

}  // namespace

SquaredError& SquaredError::operator+=(const SquaredError& other) {
  sum += other.sum;
  count += other.count;
  return *this;
}

std::optional<double> SquaredError::psnr_db() const {
  constexpr double kMostDb = 100;
  if (count == 0) return std::nullopt;
  if (sum == 0) return kMostDb;
  return std::min(kMostDb, 10 * std::log10(255.0 * 255.0 * count / sum));
}

SquaredError squared_error(const cv::Mat& a, const cv::Mat& b, const cv::Mat& mask) {
  std::int64_t sum = 0, pixels = 0;
  for (int y = 0; y < a.rows; ++y) {
    const auto* row_a = a.ptr<std::uint8_t>(y);
    const auto* row_b = b.ptr<std::uint8_t>(y);
    const auto* counted = mask.ptr<std::uint8_t>(y);
    for (int x = 0; x < a.cols; ++x) {
      if (counted[x] == 0) continue;
      ++pixels;
      for (int c = 3 * x; c < 3 * x + 3; ++c) sum += (row_a[c] - row_b[c]) * (row_a[c] - row_b[c]);
    }
  }
  return {static_cast<double>(sum), 3.0 * static_cast<double>(pixels)};
}

cv::Mat luma(const cv::Mat& bgr) {
  cv::Mat in_float, out;
  bgr.convertTo(in_float, CV_32F);
  cv::transform(in_float, out, cv::Matx13f(0.114f, 0.587f, 0.299f));
  return out;
}

cv::Mat ssim_map(const cv::Mat& luma_a, const cv::Mat& luma_b) {
  constexpr float kC1 = 0.01f * 255 * 0.01f * 255, kC2 = 0.03f * 255 * 0.03f * 255;
  const cv::Mat mean_a = ssim_blur(luma_a), mean_b = ssim_blur(luma_b);
  const cv::Mat square_a = ssim_blur(luma_a.mul(luma_a)), square_b = ssim_blur(luma_b.mul(luma_b));
  const cv::Mat product = ssim_blur(luma_a.mul(luma_b));
  cv::Mat out(luma_a.size(), CV_32FC1);
  for (int y = 0; y < out.rows; ++y) {
    const auto *ma = mean_a.ptr<float>(y), *mb = mean_b.ptr<float>(y), *p = product.ptr<float>(y);
    const auto *sa = square_a.ptr<float>(y), *sb = square_b.ptr<float>(y);
    auto* to = out.ptr<float>(y);
    for (int x = 0; x < out.cols; ++x) {
      const float means = ma[x] * mb[x], squares = ma[x] * ma[x] + mb[x] * mb[x];
      to[x] = ((2 * means + kC1) * (2 * (p[x] - means) + kC2)) /
              ((squares + kC1) * (sa[x] + sb[x] - squares + kC2));
    }
  }
  return out;
}

cv::Mat face_features(const cv::Mat& luma, double face_side) {
  cv::Mat fine, coarse;
  cv::GaussianBlur(luma, fine, {}, 0.02 * face_side);
  cv::GaussianBlur(luma, coarse, {}, 0.06 * face_side);
  return fine - coarse;
}

std::optional<double> correlation(const cv::Mat& a, const cv::Mat& b, const cv::Mat& mask) {
  cv::Scalar mean_a, mean_b, spread_a, spread_b;
  const int count = cv::countNonZero(mask);
  if (count < 2) return std::nullopt;
  cv::meanStdDev(a, mean_a, spread_a, mask);
  cv::meanStdDev(b, mean_b, spread_b, mask);
  if (spread_a[0] <= 0 || spread_b[0] <= 0) return std::nullopt;
  const cv::Mat product = (a - mean_a).mul(b - mean_b);
  return cv::mean(product, mask)[0] / (spread_a[0] * spread_b[0]);
}

cv::Mat changed_region(const cv::Mat& a, const cv::Mat& b) {
  constexpr double kCodes = 6;
  cv::Mat difference, mean_difference;
  cv::absdiff(a, b, difference);
  cv::transform(difference, mean_difference, cv::Matx13f(1 / 3.0f, 1 / 3.0f, 1 / 3.0f));
  cv::blur(mean_difference, mean_difference, {5, 5});
  cv::Mat changed = mean_difference > kCodes;
  cv::morphologyEx(changed, changed, cv::MORPH_OPEN, cv::getStructuringElement(cv::MORPH_ELLIPSE, {5, 5}));
  const int grow = static_cast<int>(std::lround(0.02 * std::min(a.cols, a.rows)));
  cv::dilate(changed, changed, cv::getStructuringElement(cv::MORPH_ELLIPSE, {2 * grow + 1, 2 * grow + 1}));
  return changed;
}

}  // namespace understudy::compose
