#include "understudy/compose/quality.h"

#include <gtest/gtest.h>

#include <cmath>
#include <opencv2/imgproc.hpp>

#include "unit/compose/pictures.h"

namespace understudy::compose {
namespace {

const cv::Size kSize{48, 40};
const cv::Mat kAll = cv::Mat::ones(kSize, CV_8UC1);

TEST(Quality, PsnrByHand) {
  // Every third value is off by 3: MSE 3, so 10 log10(65025 / 3) = 43.3596 dB.
  const cv::Mat a(kSize, CV_8UC3, cv::Scalar(10, 20, 30)), b(kSize, CV_8UC3, cv::Scalar(10, 23, 30));
  EXPECT_NEAR(*squared_error(a, b, kAll).psnr_db(), 43.3596, 1e-4);
}

TEST(Quality, PsnrIsPooledOverPictures) {
  SquaredError pooled{65025.0 * 0.01 * 6, 6};
  pooled += {0, 54};
  EXPECT_NEAR(*pooled.psnr_db(), 30, 1e-9);
}

TEST(Quality, PsnrCountsOnlyTheMask) {
  cv::Mat a(kSize, CV_8UC3, cv::Scalar::all(10)), b = a.clone(), mask = kAll.clone();
  b.at<cv::Vec3b>(3, 4) = {255, 255, 255};
  mask.at<std::uint8_t>(3, 4) = 0;
  EXPECT_EQ(*squared_error(a, b, mask).psnr_db(), 100);
  EXPECT_LT(*squared_error(a, b, kAll).psnr_db(), 50);
}

TEST(Quality, PsnrOfNothingIsAbsent) {
  const cv::Mat a(kSize, CV_8UC3);
  EXPECT_FALSE(squared_error(a, a, cv::Mat::zeros(kSize, CV_8UC1)).psnr_db().has_value());
}

TEST(Quality, LumaWeighsRedGreenAndBlue) {
  cv::Mat picture(1, 3, CV_8UC3);
  picture.at<cv::Vec3b>(0, 0) = {100, 0, 0};
  picture.at<cv::Vec3b>(0, 1) = {0, 100, 0};
  picture.at<cv::Vec3b>(0, 2) = {0, 0, 100};
  const cv::Mat y = luma(picture);
  EXPECT_NEAR(y.at<float>(0), 11.4, 1e-4);
  EXPECT_NEAR(y.at<float>(1), 58.7, 1e-4);
  EXPECT_NEAR(y.at<float>(2), 29.9, 1e-4);
}

TEST(Quality, SsimOfEqualPicturesIsOne) {
  const cv::Mat a = noise(kSize, CV_32FC1, 3) * 255;
  EXPECT_NEAR(cv::norm(ssim_map(a, a), cv::Mat::ones(kSize, CV_32FC1), cv::NORM_INF), 0, 1e-3);
}

TEST(Quality, SsimOfFlatPicturesByHand) {
  // Without variance only the means count: (2 * 100 * 120 + C1) / (100^2 + 120^2 + C1) with C1 = 6.5025.
  const cv::Mat a(kSize, CV_32FC1, cv::Scalar(100)), b(kSize, CV_32FC1, cv::Scalar(120));
  EXPECT_NEAR(ssim_map(a, b).at<float>(20, 20), 24006.5025 / 24406.5025, 1e-3);
}

TEST(Quality, SsimByTheDefinition) {
  const cv::Mat a = noise(kSize, CV_32FC1, 3) * 255, b = a * 0.6 + noise(kSize, CV_32FC1, 4) * 90;
  double weight = 0, mean_a = 0, mean_b = 0, aa = 0, bb = 0, ab = 0;
  for (int dy = -5; dy <= 5; ++dy)
    for (int dx = -5; dx <= 5; ++dx) {
      const double w = std::exp(-(dx * dx + dy * dy) / (2 * 1.5 * 1.5));
      const double va = a.at<float>(20 + dy, 24 + dx), vb = b.at<float>(20 + dy, 24 + dx);
      weight += w, mean_a += w * va, mean_b += w * vb, aa += w * va * va, bb += w * vb * vb,
          ab += w * va * vb;
    }
  mean_a /= weight, mean_b /= weight;
  const double var_a = aa / weight - mean_a * mean_a, var_b = bb / weight - mean_b * mean_b;
  const double covariance = ab / weight - mean_a * mean_b;
  const double c1 = 6.5025, c2 = 58.5225;
  const double wanted = (2 * mean_a * mean_b + c1) * (2 * covariance + c2) /
                        ((mean_a * mean_a + mean_b * mean_b + c1) * (var_a + var_b + c2));
  EXPECT_NEAR(ssim_map(a, b).at<float>(20, 24), wanted, 1e-3);
}

TEST(Quality, FaceFeaturesIgnoreLightAndKeepFaces) {
  const cv::Size size(200, 200);
  cv::Mat slope(size, CV_32FC1);
  for (int y = 0; y < 200; ++y)
    for (int x = 0; x < 200; ++x) slope.at<float>(y, x) = static_cast<float>(x);
  EXPECT_NEAR(face_features(slope, 150).at<float>(100, 100), 0, 1e-2);
  cv::Mat eye = slope.clone();
  cv::circle(eye, {100, 100}, 6, cv::Scalar(0), cv::FILLED);
  EXPECT_LT(face_features(eye, 150).at<float>(100, 100), -30);
}

TEST(Quality, CorrelationIgnoresGainAndOffsetAndKnowsSigns) {
  const cv::Mat a = noise(kSize, CV_32FC1, 5);
  EXPECT_NEAR(*correlation(a, a * 3 + 7, kAll), 1, 1e-5);
  EXPECT_NEAR(*correlation(a, 2 - a, kAll), -1, 1e-5);
  EXPECT_NEAR(*correlation(a, noise(kSize, CV_32FC1, 6), kAll), 0, 0.1);
  EXPECT_FALSE(correlation(a, cv::Mat::zeros(kSize, CV_32FC1), kAll).has_value());
  EXPECT_FALSE(correlation(a, a, cv::Mat::zeros(kSize, CV_8UC1)).has_value());
}

TEST(Quality, ChangedRegionFindsTheFaceAndNoNoise) {
  const cv::Size size(200, 160);
  cv::Mat a(size, CV_8UC3, cv::Scalar::all(100)), b = a + noise(size, CV_8UC3, 7) / 64;
  EXPECT_EQ(cv::countNonZero(changed_region(a, b)), 0);
  cv::circle(b, {100, 80}, 30, cv::Scalar(60, 120, 150), cv::FILLED);
  const cv::Rect found = cv::boundingRect(changed_region(a, b));
  EXPECT_NEAR(found.width, 67, 5);
  EXPECT_NEAR(found.x + found.width / 2, 100, 1);
}

}  // namespace
}  // namespace understudy::compose
