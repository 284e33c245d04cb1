#include "understudy/compose/mask.h"

#include <gtest/gtest.h>

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
