#include "understudy/compose/texture/noise.h"

#include <gtest/gtest.h>

#include <cmath>
#include <opencv2/core.hpp>

namespace understudy::compose {
namespace {

const cv::Mat kNothing = cv::Mat::zeros(400, 300, CV_32FC3);

double correlation(const cv::Mat& a, const cv::Mat& b) {
  const cv::Mat flat_a = a.clone().reshape(1), flat_b = b.clone().reshape(1);
  return flat_a.dot(flat_b) / std::sqrt(flat_a.dot(flat_a) * flat_b.dot(flat_b));
}

TEST(Noise, HasVarianceOneWhateverItsSize) {
  for (const double sigma : {0.0, 0.3, 0.7, 1.5, 2.5}) {
    cv::Scalar mean, spread;
    cv::meanStdDev(with_noise(kNothing, sigma, cv::Matx33d::eye(), 7), mean, spread);
    for (int c = 0; c < 3; ++c) {
      EXPECT_NEAR(mean[c], 0, 0.005 + 0.02 * sigma) << sigma;
      EXPECT_NEAR(spread[c], 1, 0.02) << sigma;
    }
  }
}

TEST(Noise, IsAboutNormal) {
  cv::Mat values = with_noise(kNothing, 0, cv::Matx33d::eye(), 3).reshape(1), squares;
  cv::pow(values, 4, squares);
  EXPECT_NEAR(cv::mean(squares)[0], 2.7, 0.05);  // of the sum of four even ones; 3 is normal, 1.8 even
}

TEST(Noise, IsBlurredAlikeBothWays) {
  const double sigma = 0.8, wanted = std::exp(-1 / (4 * sigma * sigma));  // of neighbours
  const cv::Mat grain = with_noise(kNothing, sigma, cv::Matx33d::eye(), 9);
  EXPECT_NEAR(correlation(grain.colRange(1, 300), grain.colRange(0, 299)), wanted, 0.02);
  EXPECT_NEAR(correlation(grain.rowRange(1, 400), grain.rowRange(0, 399)), wanted, 0.02);
}

TEST(Noise, FarPlacesChannelsAndSeedsKnowNothingOfEachOther) {
  const cv::Mat grain = with_noise(kNothing, 0, cv::Matx33d::eye(), 9);
  EXPECT_NEAR(correlation(grain.colRange(1, 300), grain.colRange(0, 299)), 0, 0.01);
  EXPECT_NEAR(correlation(grain.rowRange(200, 400), grain.rowRange(0, 200)), 0, 0.01);
  std::array<cv::Mat, 3> channels;
  cv::split(grain, channels.data());
  EXPECT_NEAR(correlation(channels[0], channels[1]), 0, 0.01);
  for (const std::uint64_t other : {8ULL, 10ULL, 11ULL, 9ULL + (1ULL << 32)})
    EXPECT_NEAR(correlation(grain, with_noise(kNothing, 0, cv::Matx33d::eye(), other)), 0, 0.01) << other;
}

TEST(Noise, IsMixedAndAdded) {
  const cv::Matx33d mixing(0.1, 0.05, 0, 0.05, 0.2, 0, 0, 0, 0);
  const cv::Mat grey(40, 30, CV_32FC3, cv::Scalar::all(0.5));
  const cv::Mat plain = with_noise(cv::Mat::zeros(40, 30, CV_32FC3), 0.5, cv::Matx33d::eye(), 4),
                seen = with_noise(grey, 0.5, mixing, 4);
  cv::Mat wanted;
  cv::transform(plain, wanted, mixing);
  EXPECT_LT(cv::norm(seen.reshape(1), cv::Mat(wanted + cv::Scalar::all(0.5)).reshape(1), cv::NORM_INF), 1e-6);
}

}  // namespace
}  // namespace understudy::compose
