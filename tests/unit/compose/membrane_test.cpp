#include "understudy/compose/membrane.h"

#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>

#include "understudy/core/error.h"
#include "unit/compose/pictures.h"

namespace understudy::compose {
namespace {

constexpr double kLimit = 1.0 / 255;

/// What is added to a face so that it meets the plate, and elsewhere the plate.
cv::Mat membrane(const cv::Mat& values, const cv::Mat& inside) {
  return seamless(cv::Mat::zeros(values.size(), CV_32FC3), values, inside);
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
    EXPECT_LT(cv::norm(made, solved_directly(rough, inside), cv::NORM_INF), kLimit);
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
  EXPECT_LT(cv::norm(membrane(plane, disc({90, 120}, 40) > 0), plane, cv::NORM_INF), kLimit);
}

TEST(Membrane, IsTheDirectSolutionInAStripToo) {
  for (const cv::Size size : {cv::Size(150, 3), cv::Size(2, 90), cv::Size(121, 1)}) {
    cv::Mat inside(size, CV_8UC1, cv::Scalar(255));
    inside.at<std::uint8_t>(0, 0) = inside.at<std::uint8_t>(size.height - 1, size.width - 1) = 0;
    const cv::Mat values = waves(size, 40);
    EXPECT_LT(cv::norm(membrane(values, inside), solved_directly(values, inside), cv::NORM_INF), kLimit)
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

/// The error to the direct solution, as a part of the range of all values.
double relative_error(const cv::Mat& values, const cv::Mat& inside) {
  double low, high;
  cv::minMaxLoc(values.reshape(1), &low, &high);
  return cv::norm(membrane(values, inside), solved_directly(values, inside), cv::NORM_INF) / (high - low);
}

TEST(Membrane, IsTheDirectSolutionUnderMasksWithHolesAndHairs) {
  const cv::Size size(35, 27);
  const cv::Mat rough = noise(size, CV_32FC3, 11), speckles = noise(size, CV_8UC1, 12);
  cv::Mat hairs = disc(size, 13) > 0;
  cv::line(hairs, {0, 3}, {34, 22}, cv::Scalar(0));
  cv::line(hairs, {20, 0}, {9, 26}, cv::Scalar(0));
  for (const int most : {2, 10, 40, 200}) EXPECT_LT(relative_error(rough, speckles > most), kLimit) << most;
  EXPECT_LT(relative_error(rough, hairs), kLimit);
}

TEST(Membrane, IsTheDirectSolutionInEverySize) {
  for (int width = 1; width <= 21; width += 4)
    for (int height = 1; height <= 18; ++height) {
      const cv::Size size(width, height);
      cv::Mat inside(size, CV_8UC1, cv::Scalar(255));
      inside.at<std::uint8_t>(height / 2, 0) = 0;
      inside.at<std::uint8_t>(0, width - 1) = 0;
      if (width * height <= 2) continue;
      EXPECT_LT(relative_error(noise(size, CV_32FC3, 5), inside), kLimit) << width << "x" << height;
    }
}

TEST(Membrane, IsItselfForWhatIsHarmonicAlreadyFarFromTheEdgeToo) {
  // x^2 - y^2, x y and x^3 - 3 x y^2 are the means of their four neighbours.
  cv::Mat values(333, 401, CV_32FC3);
  for (int row = 0; row < values.rows; ++row)
    for (int col = 0; col < values.cols; ++col) {
      const double x = col / 200.0 - 1, y = row / 200.0 - 0.8;
      values.at<cv::Vec3f>(row, col) = cv::Vec3d(x * x - y * y, x * y, x * x * x - 3 * x * y * y);
    }
  const cv::Mat inside = disc(values.size(), 160) > 0;
  EXPECT_LT(cv::norm(membrane(values, inside), values, cv::NORM_INF), 2 * kLimit);
}

TEST(Membrane, IsNoLessExactForValuesFarFromZero) {
  const cv::Mat values = waves({60, 50}, 15), inside = disc({60, 50}, 20) > 0;
  const cv::Mat shifted = values + cv::Scalar::all(1000);
  EXPECT_LT(
      cv::norm(membrane(shifted, inside) - cv::Scalar::all(1000), membrane(values, inside), cv::NORM_INF),
      1e-3);
  EXPECT_TRUE(cv::checkRange(membrane(values * 1e30, inside)));
  EXPECT_TRUE(cv::checkRange(membrane(values * 1e-30, inside)));
}

TEST(Membrane, OfOneValueIsThatValue) {
  cv::Mat one(cv::Size(200, 150), CV_8UC1, cv::Scalar(255));
  one.at<std::uint8_t>(70, 80) = 0;
  const cv::Mat values(one.size(), CV_32FC3, cv::Scalar(0.1, 0.2, 0.3));
  EXPECT_LT(cv::norm(membrane(values, one), values, cv::NORM_INF), 1e-6);
}

TEST(Membrane, IsWhatTheFaceTakesOn) {
  const cv::Mat face = noise({50, 40}, CV_32FC3, 7), plate = waves({50, 40}, 9);
  const cv::Mat inside = disc({50, 40}, 15) > 0;
  cv::Mat expected = plate.clone(), wanted = face + solved_directly(plate - face, inside);
  wanted.copyTo(expected, inside);
  EXPECT_LT(cv::norm(seamless(face, plate, inside), expected, cv::NORM_INF), 2 * kLimit);
  EXPECT_EQ(cv::norm(seamless(face, face, inside), face, cv::NORM_INF), 0);
  EXPECT_EQ(cv::norm(seamless(face, plate, cv::Mat(face.size(), CV_8UC1, cv::Scalar(1))), face, cv::NORM_INF),
            0);
}

TEST(Membrane, IsTheSameEveryTime) {
  const cv::Mat values = noise({90, 80}, CV_32FC3, 4), inside = disc({90, 80}, 35) > 0;
  EXPECT_EQ(cv::norm(membrane(values, inside), membrane(values, inside), cv::NORM_INF), 0);
}

}  // namespace
}  // namespace understudy::compose
