#include "understudy/compose/color/lab.h"

#include <gtest/gtest.h>

#include <cmath>

#include "unit/compose/pictures.h"

namespace understudy::compose {
namespace {

/// CIE 15 for sRGB's primaries and white, in double.
cv::Vec3d defined_lab(const cv::Vec3f& bgr) {
  const auto light = [&](int c) {
    const double code = std::clamp(static_cast<double>(bgr[c]), 0.0, 1.0);
    return code > 0.04045 ? std::pow((code + 0.055) / 1.055, 2.4) : code / 12.92;
  };
  const double b = light(0), g = light(1), r = light(2);
  const auto curve = [](double t) { return t > 0.008856 ? std::cbrt(t) : 7.787 * t + 16.0 / 116; };
  const double x = curve((0.412453 * r + 0.357580 * g + 0.180423 * b) / 0.950456);
  const double y = curve(0.212671 * r + 0.715160 * g + 0.072169 * b);
  const double z = curve((0.019334 * r + 0.119193 * g + 0.950227 * b) / 1.088754);
  return {116 * y - 16, 500 * (x - y), 200 * (y - z)};
}

// Wider than a strip, and no multiple of one.
cv::Mat colors() {
  return noise({300, 7}, CV_32FC3, 5) * 1.2 - cv::Scalar::all(0.1);
}

TEST(Lab, IsAsDefined) {
  cv::Mat some = colors();
  some.at<cv::Vec3f>(0, 0) = {0, 0, 0};
  some.at<cv::Vec3f>(0, 1) = {1, 1, 1};
  some.at<cv::Vec3f>(0, 2) = {1e-4F, 0.04F, 0.041F};
  const cv::Mat lab = lab_from_bgr(some);
  for (int y = 0; y < some.rows; ++y)
    for (int x = 0; x < some.cols; ++x)
      EXPECT_LT(cv::norm(cv::Vec3d(lab.at<cv::Vec3f>(y, x)) - defined_lab(some.at<cv::Vec3f>(y, x))), 0.01);
}

TEST(Lab, TheWayBackLeadsBack) {
  const cv::Mat some = colors(), cut = cv::min(cv::max(some, cv::Scalar::all(0)), cv::Scalar::all(1));
  EXPECT_LT(cv::norm(bgr_from_lab(lab_from_bgr(some)).reshape(1), cut.reshape(1), cv::NORM_INF), 1e-4);
  EXPECT_LT(cv::norm(changed_in_lab(some, {1, 1, 1}, {0, 0, 0}).reshape(1), cut.reshape(1), cv::NORM_INF),
            1e-4);
}

TEST(Lab, ChangesAreThoseOfTheThreeNumbers) {
  const cv::Mat some = 0.3 * colors() + cv::Scalar::all(0.3);  // far from the gamut's edge
  const cv::Vec3f gain(0.9F, 1.2F, 0.8F), shift(5, -2, 3);
  const cv::Mat before = lab_from_bgr(some), after = lab_from_bgr(changed_in_lab(some, gain, shift));
  for (int x = 0; x < some.cols; ++x)
    EXPECT_LT(cv::norm(before.at<cv::Vec3f>(3, x).mul(gain) + shift - after.at<cv::Vec3f>(3, x)), 0.02);
}

}  // namespace
}  // namespace understudy::compose
