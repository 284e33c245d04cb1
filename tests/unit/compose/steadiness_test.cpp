#include "understudy/compose/steadiness.h"

#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>
#include <random>

#include "understudy/compose/mask.h"
#include "unit/compose/pictures.h"

namespace understudy::compose {
namespace {

TEST(Seam, IsTheStepOfColourAtTheEdge) {
  const cv::Size size(160, 160);
  const cv::Mat plate(size, CV_32FC3, cv::Scalar(0.5, 0.5, 0.5)), hard = disc(size, 50) > 0.5;
  cv::Mat matte, soft;
  hard.convertTo(matte, CV_32F, 1.0 / 255);
  EXPECT_NEAR(seam_step({plate, matte}, plate, 100).value(), 0, 1e-6);
  // Grey of 0.5 has L 53.4, grey of 0.55 58.3.
  const cv::Mat lighter = plate + cv::Scalar::all(0.05);
  EXPECT_NEAR(seam_step({lighter, matte}, plate, 100).value(), 4.9, 0.3);
  // A ramp of sigma 8 changes by 0.04 over the 2 pixels that count, where it is steepest by 0.1.
  cv::GaussianBlur(matte, soft, {}, 8);
  EXPECT_NEAR(seam_step({lighter, soft}, plate, 100).value(), 4.9 * 0.07, 0.1);
  // What differs in the middle only is no seam.
  cv::Mat middle = plate.clone();
  cv::circle(middle, {80, 80}, 25, cv::Scalar::all(1), -1);
  EXPECT_LT(seam_step({middle, matte}, plate, 100).value(), 0.1);
}

TEST(Seam, IsTheSameForALargerPicture) {
  const cv::Mat plate = waves({160, 160}, 40), matte = shape_mask(disc({160, 160}, 50), {}),
                face = 0.9 * waves({160, 160}, 31);
  cv::Mat large_plate, large_face, large_matte;
  for (const auto& [from, to] :
       {std::pair{&plate, &large_plate}, {&face, &large_face}, {&matte, &large_matte}})
    cv::resize(*from, *to, {}, 5, 5, cv::INTER_LINEAR);
  const double small = seam_step({face, matte}, plate, 89).value();
  EXPECT_NEAR(seam_step({large_face, large_matte}, large_plate, 5 * 89).value(), small, 0.05 * small);
}

TEST(Seam, WithoutAnEdgeThereIsNone) {
  const cv::Mat plate = waves({40, 40}, 9);
  for (const double value : {0.0, 1.0})
    EXPECT_FALSE(seam_step({plate, cv::Mat(40, 40, CV_32FC1, cv::Scalar(value))}, plate, 40).has_value());
  const cv::Mat pixel(1, 1, CV_32FC3, cv::Scalar::all(1));
  EXPECT_FALSE(seam_step({pixel, cv::Mat::ones(1, 1, CV_32FC1)}, pixel, 1).has_value());
}

TEST(Displacement, FindsSmallWays) {
  cv::Mat from, to;
  cv::extractChannel(waves({96, 96}, 21), from, 0);
  const cv::Mat inside(96, 96, CV_8UC1, cv::Scalar(255));
  for (const cv::Vec2d& way : {cv::Vec2d(0.4, -0.2), cv::Vec2d(-0.05, 0.9), cv::Vec2d(0, 0)}) {
    cv::warpAffine(from, to, cv::Matx23d(1, 0, way[0], 0, 1, way[1]), from.size(), cv::INTER_CUBIC,
                   cv::BORDER_REPLICATE);
    const auto found = displacement(from, to, inside);
    ASSERT_TRUE(found.has_value());
    EXPECT_NEAR((*found)[0], way[0], 0.05);
    EXPECT_NEAR((*found)[1], way[1], 0.05);
  }
}

TEST(Displacement, NeedsSomethingToHoldOnTo) {
  cv::Mat stripes(64, 64, CV_32FC1);
  for (int x = 0; x < 64; ++x) stripes.col(x) = 0.5 + 0.3 * std::sin(x / 3.0);
  const cv::Mat inside(64, 64, CV_8UC1, cv::Scalar(255)), flat = cv::Mat::ones(64, 64, CV_32FC1);
  EXPECT_FALSE(displacement(flat, flat, inside).has_value());
  EXPECT_FALSE(displacement(stripes, stripes, inside).has_value());
  cv::Mat wave;
  cv::extractChannel(waves({64, 64}, 21), wave, 0);
  EXPECT_FALSE(displacement(wave, wave, cv::Mat::zeros(64, 64, CV_8UC1)).has_value());
}

TEST(Jitter, IsThatOfThePlaces) {
  std::mt19937 random(5);
  std::normal_distribution<double> draw(0, 0.4);
  std::vector<cv::Vec2d> places;
  for (int i = 0; i < 4000; ++i)
    places.push_back(cv::Vec2d(3.0 * i + 0.01 * i * i + draw(random), -2.0 * i + draw(random)));
  double squares = 0;
  for (std::size_t i = 3; i < places.size(); ++i) {
    const double jitter =
        jitter_of(places[i - 2] - places[i - 3], places[i - 1] - places[i - 2], places[i] - places[i - 1]);
    squares += jitter * jitter / static_cast<double>(places.size() - 3);
  }
  EXPECT_NEAR(std::sqrt(squares), 0.4, 0.02);
  EXPECT_NEAR(jitter_of({3, 1}, {4, 1}, {5, 1}), 0, 1e-12);
}

}  // namespace
}  // namespace understudy::compose
