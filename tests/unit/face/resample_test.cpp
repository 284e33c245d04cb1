#include "understudy/face/resample.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <opencv2/core.hpp>
#include <tuple>

#include "understudy/core/error.h"

namespace understudy::face {
namespace {

cv::Mat noise(cv::Size size, int type) {
  cv::Mat out(size, type);
  cv::RNG random(5);
  random.fill(out, cv::RNG::UNIFORM, 0, out.depth() == CV_8U ? 256 : out.depth() == CV_16U ? 65536 : 1);
  return out;
}

cv::Mat as_float(const cv::Mat& picture) {
  cv::Mat out;
  picture.convertTo(out, CV_32F);
  return out;
}

double cubic(double x) {
  constexpr double kA = -0.75;
  x = std::abs(x);
  if (x <= 1) return (kA + 2) * x * x * x - (kA + 3) * x * x + 1;
  return x < 2 ? kA * x * x * x - 5 * kA * x * x + 8 * kA * x - 4 * kA : 0;
}

double linear(double x) {
  return std::max(0.0, 1 - std::abs(x));
}

/// What `place` shows of channel `c`, pixel by pixel in double.
double plainly(const cv::Mat& source, cv::Point2d place, int c, Resampling resampling) {
  const bool sharp = resampling == Resampling::kSharp;
  double sum = 0;
  for (int y = cvFloor(place.y) - 1; y <= cvFloor(place.y) + 2; ++y)
    for (int x = cvFloor(place.x) - 1; x <= cvFloor(place.x) + 2; ++x) {
      const cv::Point at(std::clamp(x, 0, source.cols - 1), std::clamp(y, 0, source.rows - 1));
      if (!sharp && at != cv::Point(x, y)) continue;
      const double weight =
          sharp ? cubic(place.x - x) * cubic(place.y - y) : linear(place.x - x) * linear(place.y - y);
      sum += weight * source.ptr<float>(at.y)[at.x * source.channels() + c];
    }
  return sum;
}

class ResampleWays : public ::testing::TestWithParam<std::tuple<Resampling, int>> {};

TEST_P(ResampleWays, ShowsWhatTheFormulaSays) {
  const auto [resampling, type] = GetParam();
  const cv::Mat source = noise({37, 23}, type);
  const Affine turned(0.61, -0.27, 3.3, 0.27, 0.61, -4.1);  // beyond all four edges
  const cv::Size size(71, 59);
  const cv::Mat shown = resample(source, turned, size, resampling);
  ASSERT_EQ(shown.size(), size);
  ASSERT_EQ(shown.type(), type);
  const cv::Mat from = as_float(source), seen = as_float(shown);
  const double most = source.depth() == CV_8U ? 255 : source.depth() == CV_16U ? 65535 : 0;
  for (int y = 0; y < size.height; ++y)
    for (int x = 0; x < size.width; ++x)
      for (int c = 0; c < from.channels(); ++c) {
        const cv::Point2d place = transform(turned, cv::Point2d(x, y));
        const cv::Point2d near(std::floor(place.x * 256 + 0.5) / 256, std::floor(place.y * 256 + 0.5) / 256);
        const double sum = plainly(from, near, c, resampling);
        ASSERT_NEAR(seen.ptr<float>(y)[x * from.channels() + c], most > 0 ? std::clamp(sum, 0.0, most) : sum,
                    most > 0 ? 0.51 : 2e-5)
            << x << ", " << y;
      }
}

TEST_P(ResampleWays, LeavesAPictureInItsPlaceAsItIs) {
  const auto [resampling, type] = GetParam();
  const cv::Mat wide = noise({40, 30}, type), source = wide(cv::Rect(5, 4, 21, 17));
  const cv::Mat shown = resample(source, {1, 0, 0, 0, 1, 0}, source.size(), resampling);
  EXPECT_EQ(cv::norm(shown, source, cv::NORM_INF), 0);
}

TEST_P(ResampleWays, TakesPlacesThatAreNowhere) {
  const auto [resampling, type] = GetParam();
  constexpr double kValue = 7;
  const cv::Mat source = cv::Mat(4, 4, type, cv::Scalar::all(kValue));
  const double outside = resampling == Resampling::kSharp ? kValue : 0, nan = std::nan(""), huge = 1e300,
               inf = std::numeric_limits<double>::infinity();
  for (const double far : {-1e9, 1e9, huge, -huge, inf, -inf, nan}) {
    const cv::Mat shown = resample(source, {1, 0, far, 0, 1, 0}, {5, 3}, resampling);
    EXPECT_EQ(cv::norm(shown, cv::Mat(3, 5, type, cv::Scalar::all(outside)), cv::NORM_INF), 0) << far;
  }
  EXPECT_TRUE(resample(source, {1, 0, 0, 0, 1, 0}, {0, 0}, resampling).empty());
}

INSTANTIATE_TEST_SUITE_P(Ways, ResampleWays,
                         ::testing::Combine(::testing::Values(Resampling::kSharp, Resampling::kSmooth),
                                            ::testing::Values(CV_8UC1, CV_8UC3, CV_16UC1, CV_16UC3, CV_32FC1,
                                                              CV_32FC3)));

TEST(Resample, RefusesOtherPictures) {
  for (const int type : {CV_8SC3, CV_64FC1, CV_32FC2, CV_8UC4})
    EXPECT_THROW(resample(cv::Mat::zeros(4, 4, type), {1, 0, 0, 0, 1, 0}, {4, 4}, Resampling::kSharp), Error);
  EXPECT_THROW(resample({}, {1, 0, 0, 0, 1, 0}, {4, 4}, Resampling::kSharp), Error);
}

}  // namespace
}  // namespace understudy::face
