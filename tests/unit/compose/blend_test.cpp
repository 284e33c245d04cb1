#include "understudy/compose/blend.h"

#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>

#include "understudy/compose/blend/blend_mode.h"
#include "understudy/compose/mask.h"
#include "understudy/compose/membrane.h"
#include "understudy/core/error.h"
#include "unit/compose/pictures.h"

namespace understudy::compose {
namespace {

cv::Mat composed(const Patch& patch, const cv::Mat& plate) {
  cv::Mat matte;
  cv::merge(std::vector<cv::Mat>(3, patch.matte), matte);
  return plate + (patch.color - plate).mul(matte);
}

TEST(Blend, EveryModeStaysInsideTheMatte) {
  const cv::Mat face = waves({64, 64}, 9), plate = waves({64, 64}, 13),
                matte = shape_mask(disc({64, 64}, 20), {});
  for (const auto& entry : blend_modes()) {
    const Patch patch = entry.value(face, plate, matte);
    ASSERT_EQ(patch.color.type(), CV_32FC3) << entry.name;
    ASSERT_EQ(patch.matte.type(), CV_32FC1) << entry.name;
    EXPECT_EQ(cv::countNonZero((patch.matte > 0) & (matte == 0)), 0) << entry.name;
  }
}

TEST(Blend, EveryModeGivesThePlateForAFaceThatIsThePlate) {
  const cv::Mat plate = waves({61, 87}, 13), matte = shape_mask(disc({61, 87}, 25), {});
  for (const auto& entry : blend_modes())
    EXPECT_LT(cv::norm(composed(entry.value(plate, plate, matte), plate), plate, cv::NORM_INF), 1e-5)
        << entry.name;
}

TEST(Blend, EveryModeShowsTheFaceInTheMiddle) {
  const cv::Mat plate = waves({160, 160}, 43), matte = shape_mask(disc({160, 160}, 60), {});
  const cv::Mat face = plate + 0.02 * waves({160, 160}, 5);
  const cv::Rect middle(70, 70, 20, 20);
  for (const auto& entry : blend_modes()) {
    const cv::Mat made = composed(entry.value(face, plate, matte), plate);
    cv::Mat detail = (made - plate)(middle), wanted = (face - plate)(middle);
    detail = detail - cv::mean(detail);
    wanted = wanted - cv::mean(wanted);
    EXPECT_GT(detail.dot(wanted), 0.9 * wanted.dot(wanted)) << entry.name;
  }
}

TEST(Blend, EveryModeCopesWithAnyMatteAndAnyValue) {
  cv::Mat wild = 40 * (waves({33, 20}, 3) - 0.5);
  const cv::Mat plate = waves({33, 20}, 7);
  cv::Mat edge = cv::Mat::zeros(20, 33, CV_32FC1), one = edge.clone();
  edge(cv::Rect(0, 10, 20, 10)) = 0.7;
  one.at<float>(5, 5) = 1;
  for (const auto& entry : blend_modes())
    for (const cv::Mat& matte :
         {cv::Mat(cv::Mat::zeros(20, 33, CV_32FC1)), cv::Mat(cv::Mat::ones(20, 33, CV_32FC1)), edge, one})
      EXPECT_TRUE(cv::checkRange(composed(entry.value(wild, plate, matte), plate), true, nullptr, -100, 100))
          << entry.name;
  for (const auto& entry : blend_modes())
    EXPECT_TRUE(cv::checkRange(
        composed(entry.value(cv::Mat(1, 1, CV_32FC3, cv::Scalar::all(1)),
                             cv::Mat(1, 1, CV_32FC3, cv::Scalar::all(0)), cv::Mat::ones(1, 1, CV_32FC1)),
                 cv::Mat(1, 1, CV_32FC3, cv::Scalar::all(0)))))
        << entry.name;
}

TEST(Blend, LightMeetsWithoutASeam) {
  // The same texture, in another light: what is left of the step along the edge.
  const cv::Mat plate = waves({200, 200}, 23), face = plate + cv::Scalar::all(0.2),
                mask = disc({200, 200}, 70);
  cv::Mat matte;
  cv::GaussianBlur(mask, matte, {}, 1.5);
  matte.setTo(0, matte < 1.0 / 255);
  const auto step = [&](const char* mode) {
    const cv::Mat change = composed(blend_modes().at(mode)(face, plate, matte), plate) - plate;
    cv::Mat along;
    cv::Sobel(change, along, CV_32F, 1, 0, 3, 1.0 / 8);
    return cv::norm(along, cv::NORM_INF);
  };
  EXPECT_GT(step("feather"), 0.03);
  EXPECT_LT(step("poisson"), 0.002);
  EXPECT_LT(step("laplacian"), 0.75 * step("feather"));
  EXPECT_GT(step("raw"), step("feather"));
}

/// Solves for every pixel inside at once.
cv::Mat solved_directly(const cv::Mat& values, const cv::Mat& inside) {
  cv::Mat number(values.size(), CV_32SC1, cv::Scalar(-1));
  int count = 0;
  for (int y = 0; y < values.rows; ++y)
    for (int x = 0; x < values.cols; ++x)
      if (inside.at<std::uint8_t>(y, x) != 0) number.at<int>(y, x) = count++;
  cv::Mat a = cv::Mat::zeros(count, count, CV_64F), b = cv::Mat::zeros(count, 3, CV_64F), solution;
  for (int y = 0; y < values.rows; ++y)
    for (int x = 0; x < values.cols; ++x) {
      const int row = number.at<int>(y, x);
      if (row < 0) continue;
      for (const cv::Point beside :
           {cv::Point(x - 1, y), cv::Point(x + 1, y), cv::Point(x, y - 1), cv::Point(x, y + 1)}) {
        if (!cv::Rect({}, values.size()).contains(beside)) continue;
        a.at<double>(row, row) += 1;
        const int other = number.at<int>(beside);
        if (other >= 0)
          a.at<double>(row, other) -= 1;
        else
          for (int c = 0; c < 3; ++c) b.at<double>(row, c) += values.at<cv::Vec3f>(beside)[c];
      }
    }
  cv::solve(a, b, solution, cv::DECOMP_CHOLESKY);
  cv::Mat out = values.clone();
  for (int y = 0; y < values.rows; ++y)
    for (int x = 0; x < values.cols; ++x)
      if (const int row = number.at<int>(y, x); row >= 0)
        for (int c = 0; c < 3; ++c)
          out.at<cv::Vec3f>(y, x)[c] = static_cast<float>(solution.at<double>(row, c));
  return out;
}

TEST(Membrane, IsTheDirectSolution) {
  const cv::Mat rough = waves({37, 29}, 15) - 0.5 + 0.1 * noise({37, 29}, CV_32FC3, 3);
  cv::Mat ring = cv::Mat(disc({37, 29}, 13) > 0) & cv::Mat(disc({37, 29}, 4) == 0);
  cv::Mat touching = cv::Mat::zeros(29, 37, CV_8UC1), thin = touching.clone();
  touching(cv::Rect(0, 5, 30, 24)) = 255;
  thin.row(14) = 255;
  thin.col(9) = 255;
  for (const cv::Mat& inside :
       {cv::Mat(disc({37, 29}, 12) > 0), ring, touching, thin, cv::Mat(noise({37, 29}, CV_8UC1, 5) > 120)}) {
    const cv::Mat made = membrane(rough, inside);
    EXPECT_LT(cv::norm(made, solved_directly(rough, inside), cv::NORM_INF), 1.0 / 255);
    cv::Mat outside = made - rough;
    outside.setTo(cv::Scalar::all(0), inside);
    EXPECT_EQ(cv::norm(outside, cv::NORM_INF), 0);
  }
}

TEST(Membrane, IsAPlaneThroughAPlane) {
  cv::Mat plane(120, 90, CV_32FC3);
  for (int y = 0; y < plane.rows; ++y)
    for (int x = 0; x < plane.cols; ++x)
      plane.at<cv::Vec3f>(y, x) = {x / 90.0f, y / 120.0f, (x + y) / 210.0f};
  EXPECT_LT(cv::norm(membrane(plane, disc({90, 120}, 40) > 0), plane, cv::NORM_INF), 1.0 / 255);
}

TEST(Membrane, IsTheDirectSolutionInAStripToo) {
  for (const cv::Size size : {cv::Size(150, 3), cv::Size(2, 90), cv::Size(121, 1)}) {
    cv::Mat inside(size, CV_8UC1, cv::Scalar(255));
    inside.at<std::uint8_t>(0, 0) = inside.at<std::uint8_t>(size.height - 1, size.width - 1) = 0;
    const cv::Mat values = waves(size, 40);
    EXPECT_LT(cv::norm(membrane(values, inside), solved_directly(values, inside), cv::NORM_INF), 1.0 / 255)
        << size.width;
  }
}

TEST(Membrane, IsZeroWhereNothingIsGivenAndItselfWhereEverythingIs) {
  const cv::Mat values = waves({16, 16}, 5);
  EXPECT_EQ(cv::norm(membrane(values, cv::Mat(16, 16, CV_8UC1, cv::Scalar(1))), cv::NORM_INF), 0);
  EXPECT_EQ(cv::norm(membrane(values, cv::Mat::zeros(16, 16, CV_8UC1)), values, cv::NORM_INF), 0);
  EXPECT_TRUE(membrane(cv::Mat(0, 0, CV_32FC3), cv::Mat(0, 0, CV_8UC1)).empty());
  EXPECT_THROW(membrane(values, cv::Mat::zeros(8, 16, CV_8UC1)), Error);
}

}  // namespace
}  // namespace understudy::compose
