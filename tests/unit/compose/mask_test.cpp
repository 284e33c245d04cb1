#include "understudy/compose/mask.h"

#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>

#include "unit/compose/pictures.h"

namespace understudy::compose {
namespace {

TEST(Mask, EveryModeStaysBetweenItsInputsAndZero) {
  const cv::Mat hull = disc({64, 64}, 20), predicted = noise({64, 64}, CV_32FC1, 1);
  const cv::Mat highest = cv::max(hull, predicted);
  for (const auto& entry : mask_modes()) {
    const cv::Mat mask = entry.value.combine(hull, predicted);
    ASSERT_EQ(mask.type(), CV_32FC1) << entry.name;
    EXPECT_EQ(cv::countNonZero(mask > highest), 0) << entry.name;
    EXPECT_EQ(cv::countNonZero(mask < 0), 0) << entry.name;
  }
}

TEST(Mask, EveryModeNeedsWhatItSays) {
  const cv::Mat hull = disc({64, 64}, 20), predicted = noise({64, 64}, CV_32FC1, 1);
  for (const auto& entry : mask_modes()) {
    const MaskMode& mode = entry.value;
    EXPECT_TRUE(mode.needs_hull || mode.needs_predicted) << entry.name;
    EXPECT_FALSE(
        mode.combine(mode.needs_hull ? hull : cv::Mat(), mode.needs_predicted ? predicted : cv::Mat())
            .empty())
        << entry.name;
  }
}

TEST(Mask, CombinesByHand) {
  const cv::Mat hull(1, 1, CV_32FC1, cv::Scalar(0.8)), predicted(1, 1, CV_32FC1, cv::Scalar(0.5));
  const auto combined = [&](const char* name) {
    return mask_modes().at(name).combine(hull, predicted).at<float>(0);
  };
  EXPECT_FLOAT_EQ(combined("hull"), 0.8f);
  EXPECT_FLOAT_EQ(combined("predicted"), 0.5f);
  EXPECT_FLOAT_EQ(combined("product"), 0.4f);
  EXPECT_FLOAT_EQ(combined("minimum"), 0.5f);
}

TEST(Mask, UnknownModeIsRefusedWithTheList) {
  try {
    mask_modes().at("hulll");
    FAIL();
  } catch (const Error& e) {
    EXPECT_EQ(e.code(), ErrorCode::kUsage);
    EXPECT_NE(e.hint().find("predicted"), std::string::npos);
  }
}

TEST(Mask, AFullMaskFadesOutBeforeTheBorder) {
  for (const int side : {64, 128, 301}) {
    const cv::Mat matte = shape_mask(cv::Mat::ones(side, side, CV_32FC1), {0, 0.05});
    for (int i = 0; i < side; ++i)
      for (const auto& [x, y] : {std::pair{i, 0}, {i, side - 1}, {0, i}, {side - 1, i}})
        ASSERT_EQ(matte.at<float>(y, x), 0);
    EXPECT_FLOAT_EQ(matte.at<float>(side / 2, side / 2), 1);
    float largest_step = 0;
    for (int x = 1; x < side; ++x)
      largest_step =
          std::max(largest_step, std::abs(matte.at<float>(side / 2, x) - matte.at<float>(side / 2, x - 1)));
    EXPECT_LT(largest_step, 0.35) << side;
  }
}

TEST(Mask, ErodesAndGrowsByFractionsOfTheSide) {
  const cv::Mat mask = disc({200, 200}, 50);
  const auto width = [&](double erode) { return extent(shape_mask(mask, {erode, 0}) > 0.5).width; };
  EXPECT_NEAR(width(0), 100, 1);
  EXPECT_NEAR(width(0.05), 80, 2);
  EXPECT_NEAR(width(-0.05), 120, 2);
}

TEST(Mask, ErodesAndGrowsOnEachSideAlone) {
  const cv::Mat mask = disc({200, 200}, 50) > 0.5;
  cv::Mat whole;
  mask.convertTo(whole, CV_32F, 1.0 / 255);
  const cv::Rect before = extent(whole);
  const auto extent_with = [&](double MaskShape::*side, double fraction) {
    MaskShape shape{0, 0};
    shape.*side = fraction;
    return extent(shape_mask(whole, shape));
  };
  for (const double fraction : {0.05, -0.1, 0.0}) {
    const int by = static_cast<int>(std::lround(200 * fraction));
    const auto changed = [&](int left, int top, int right, int bottom) {
      return cv::Rect(cv::Point(before.x + left, before.y + top),
                      cv::Point(before.br().x - right, before.br().y - bottom));
    };
    EXPECT_EQ(extent_with(&MaskShape::left, fraction), changed(by, 0, 0, 0));
    EXPECT_EQ(extent_with(&MaskShape::right, fraction), changed(0, 0, by, 0));
    EXPECT_EQ(extent_with(&MaskShape::top, fraction), changed(0, by, 0, 0));
    EXPECT_EQ(extent_with(&MaskShape::bottom, fraction), changed(0, 0, 0, by));
  }
}

TEST(Mask, BlurKeepsTheHalfwayLineInPlace) {
  const cv::Mat matte = shape_mask(disc({200, 200}, 50), {0, 0.02});
  EXPECT_NEAR(extent(matte > 0.5).width, 100, 3);
  EXPECT_GT(extent(matte).width, 108);
}

/// A mask with a hole, a hair, a grey part and an edge right beside the picture's border.
cv::Mat rough_mask(cv::Size size) {
  cv::Mat out = cv::Mat::zeros(size, CV_32FC1);
  const int w = size.width, h = size.height;
  cv::ellipse(out, {w / 2, h / 2}, {w / 2 - 2, h * 2 / 5}, 10, 0, 360, cv::Scalar(1), cv::FILLED);
  cv::ellipse(out, {w / 2, h / 3}, {w / 9, h / 15}, 0, 0, 360, cv::Scalar(0), cv::FILLED);
  cv::ellipse(out, {w / 2, h * 2 / 3}, {w / 9, h / 9}, 0, 0, 360, cv::Scalar(0.4), cv::FILLED);
  cv::line(out, {0, 0}, {w / 2, h / 2}, cv::Scalar(0));
  return out;
}

TEST(Mask, ShrinksAndGrowsByAnExactDisc) {
  for (const cv::Size size : {cv::Size(101, 101), cv::Size(128, 90), cv::Size(101, 40)})
    for (const int radius : {1, 7, 8, 9, 13, 21}) {
      const cv::Mat mask = rough_mask(size), all = cv::Mat::ones(size, CV_32FC1);
      const cv::Mat window = shape_mask(all, {0, 0});  // leads to 0 at the border
      const cv::Mat disc = cv::getStructuringElement(cv::MORPH_ELLIPSE, {2 * radius + 1, 2 * radius + 1});
      const double part = static_cast<double>(radius) / std::min(size.width, size.height);
      cv::Mat wanted;
      cv::erode(mask, wanted, disc);
      EXPECT_EQ(cv::norm(shape_mask(mask, {part, 0}), wanted.mul(window), cv::NORM_INF), 0) << radius;
      cv::dilate(mask, wanted, disc);
      EXPECT_EQ(cv::norm(shape_mask(mask, {-part, 0}), wanted.mul(window), cv::NORM_INF), 0) << radius;
    }
}

TEST(Mask, AWideBlurIsThatOfTheWholePicture) {
  for (const cv::Size size : {cv::Size(301, 301), cv::Size(256, 180), cv::Size(120, 333)})
    for (const double blur : {0.02, 0.05, 0.1, 0.25}) {
      const int side = std::min(size.width, size.height);
      const cv::Mat mask = rough_mask(size);
      // Where the window is 1. What is below 1/255 becomes 0, which counts as well.
      const int ramp = static_cast<int>(2 * blur * side) + 1;
      const cv::Rect inside = cv::Rect(ramp, ramp, size.width - 2 * ramp, size.height - 2 * ramp);
      if (inside.width <= 0 || inside.height <= 0) continue;
      cv::Mat wanted;
      cv::GaussianBlur(mask, wanted, {}, blur * side, blur * side, cv::BORDER_REPLICATE);
      EXPECT_LT(cv::norm(shape_mask(mask, {0, blur})(inside), wanted(inside), cv::NORM_INF), 1.5 / 255)
          << size << blur;
    }
}

TEST(Mask, OfAnySizeStaysBetweenZeroAndOne) {
  for (const cv::Size size :
       {cv::Size(1, 1), cv::Size(1, 40), cv::Size(300, 1), cv::Size(2, 3), cv::Size(37, 29)})
    for (const MaskShape& shape : {MaskShape(), MaskShape{0.25, 0.25}, MaskShape{-0.25, 0.25}})
      for (const cv::Mat& mask : {cv::Mat(cv::Mat::ones(size, CV_32FC1)), noise(size, CV_32FC1, 3)}) {
        const cv::Mat matte = shape_mask(mask, shape);
        EXPECT_EQ(matte.size(), size);
        EXPECT_TRUE(cv::checkRange(matte, true, nullptr, 0, 1.0001));
      }
}

TEST(Mask, AnEmptyMaskStaysEmpty) {
  const cv::Mat matte = shape_mask(cv::Mat::zeros(64, 64, CV_32FC1), {});
  EXPECT_EQ(cv::countNonZero(matte), 0);
  EXPECT_TRUE(extent(matte).empty());
}

TEST(Mask, RefusesOtherTypes) {
  EXPECT_THROW(shape_mask(cv::Mat::zeros(64, 64, CV_8UC1), {}), Error);
}

}  // namespace
}  // namespace understudy::compose
