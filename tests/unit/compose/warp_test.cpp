#include "understudy/compose/warp.h"

#include <gtest/gtest.h>

#include <cmath>
#include <opencv2/imgproc.hpp>

#include "unit/compose/pictures.h"

namespace understudy::compose {
namespace {

using face::Affine;

/// Rotation by `angle`, `scale`, and the centre of a size_a picture onto the centre of a size_b one, off by
/// `shift`.
Affine similarity(double angle, double scale, cv::Size size_a, cv::Size size_b, double shift) {
  const double c = scale * std::cos(angle), s = scale * std::sin(angle);
  const double ax = (size_a.width - 1) / 2.0, ay = (size_a.height - 1) / 2.0;
  const double bx = (size_b.width - 1) / 2.0 + shift, by = (size_b.height - 1) / 2.0 - shift;
  return {c, -s, bx - c * ax + s * ay, s, c, by - s * ax - c * ay};
}

/// The waves of wavelength `w` at any real place, as pictures.h draws them.
double wave_at(cv::Point2d p, double w, int c) {
  return 0.5 + 0.15 * std::sin(6.2832 * p.x / w + c) + 0.15 * std::cos(6.2832 * p.y / (1.3 * w) - c);
}

TEST(Warp, PutsEverythingInItsPlaceAtEveryScale) {
  // Half a pixel off would be an error of 0.15 * 2 pi / 40 * 0.5 = 0.012 and more.
  constexpr double kWavelength = 40;
  const cv::Size from(256, 256);
  const cv::Mat picture = waves(from, kWavelength);
  for (const double scale : {0.21, 0.4, 0.5, 0.77, 0.89, 0.95, 1.0, 1.3, 2.7}) {
    const cv::Size to(static_cast<int>(200 * scale), static_cast<int>(190 * scale));
    const Affine to_from_from = similarity(0.3, scale, from, to, 0.37);
    const Affine back = face::inverse(to_from_from);
    const cv::Mat seen = warp(picture, to_from_from, to, Resampling::kSharp);
    double sum = 0, square = 0;
    int count = 0;
    for (int y = 0; y < to.height; ++y)
      for (int x = 0; x < to.width; ++x) {
        const cv::Point2d place = face::transform(back, cv::Point2d(x, y));
        if (place.x < 12 || place.y < 12 || place.x > 243 || place.y > 243) continue;
        const double error = seen.at<cv::Vec3f>(y, x)[1] - wave_at(place, kWavelength, 1);
        sum += error, square += error * error, ++count;
      }
    ASSERT_GT(count, 500);
    EXPECT_LT(std::abs(sum / count), 3e-4) << scale;
    EXPECT_LT(std::sqrt(square / count), 0.004) << scale;
  }
}

TEST(Warp, AveragesInsteadOfAliasing) {
  cv::Mat stripes(256, 256, CV_32FC1);
  for (int y = 0; y < 256; ++y)
    for (int x = 0; x < 256; ++x) stripes.at<float>(y, x) = static_cast<float>(x % 2);
  const cv::Mat small =
      warp(stripes, similarity(0, 0.3, {256, 256}, {70, 70}, 0), {70, 70}, Resampling::kSmooth);
  cv::Scalar mean, spread;
  cv::meanStdDev(small(cv::Rect(10, 10, 50, 50)), mean, spread);
  EXPECT_NEAR(mean[0], 0.5, 0.01);
  EXPECT_LT(spread[0], 0.12);
}

TEST(Shrunk, IsTheMeanOfWholeSquares) {
  cv::Mat picture(7, 11, CV_32FC3);
  for (int y = 0; y < 7; ++y)
    for (int x = 0; x < 11; ++x)
      for (int c = 0; c < 3; ++c) picture.at<cv::Vec3f>(y, x)[c] = static_cast<float>(100 * c + 10 * y + x);
  const cv::Mat small = shrunk(picture, 3);
  ASSERT_EQ(small.size(), cv::Size(3, 2));
  for (int y = 0; y < 2; ++y)
    for (int x = 0; x < 3; ++x)
      for (int c = 0; c < 3; ++c)
        EXPECT_NEAR(small.at<cv::Vec3f>(y, x)[c], 100 * c + 10 * (3 * y + 1) + 3 * x + 1, 1e-4);
  EXPECT_EQ(shrunk(picture, 100).size(), cv::Size(1, 1));
  EXPECT_NEAR(shrunk(picture, 100).at<cv::Vec3f>(0, 0)[0], 35, 1e-4);
}

TEST(Warp, MasksStayInRangeAndEndAtTheirBorder) {
  const cv::Mat mask = cv::Mat::ones(64, 64, CV_32FC1);
  const cv::Mat seen =
      warp(mask, similarity(0.2, 1.7, {64, 64}, {200, 200}, 0), {200, 200}, Resampling::kSmooth);
  double low, high;
  cv::minMaxLoc(seen, &low, &high);
  EXPECT_EQ(low, 0);
  EXPECT_NEAR(high, 1, 1e-6);
  EXPECT_EQ(seen.at<float>(5, 5), 0);
}

TEST(Warp, RegionHoldsAllThatAMatteTouches) {
  const cv::Mat matte = disc({64, 64}, 25);
  for (const double scale : {0.4, 1.0, 2.6}) {
    const cv::Size frame(300, 200);
    const Affine to_frame = similarity(0.5, scale, {64, 64}, frame, 11.3);
    const cv::Rect region = region_in_frame(cv::boundingRect(cv::Mat(matte > 0)), to_frame, frame, 2);
    cv::Mat seen = warp(matte, to_frame, frame, Resampling::kSmooth);
    EXPECT_GT(cv::countNonZero(seen > 0), 100);
    seen(region).setTo(0);
    EXPECT_EQ(cv::countNonZero(seen > 0), 0) << scale;
  }
}

TEST(Warp, RegionIsCutAtTheFrameAndMayBeEmpty) {
  const cv::Rect crop(0, 0, 64, 64);
  const cv::Size frame(100, 80);
  EXPECT_EQ(region_in_frame(crop, Affine(1, 0, 60, 0, 1, 50), frame, 2), cv::Rect(57, 47, 43, 33));
  EXPECT_TRUE(region_in_frame(crop, Affine(1, 0, 500, 0, 1, 50), frame, 2).empty());
  EXPECT_TRUE(region_in_frame(crop, Affine(1, 0, -500, 0, 1, 50), frame, 2).empty());
  EXPECT_TRUE(region_in_frame(crop, Affine(1, 0, 1e15, 0, 1, -1e15), frame, 2).empty());
  EXPECT_TRUE(region_in_frame({}, Affine(1, 0, 0, 0, 1, 0), frame, 2).empty());
}

}  // namespace
}  // namespace understudy::compose
