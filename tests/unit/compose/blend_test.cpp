#include "understudy/compose/blend.h"

#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>

#include "understudy/compose/blend/blend_mode.h"
#include "understudy/compose/mask.h"
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

/// Burt & Adelson's splining, band by band and level by level: what each level adds to the next one enlarged.
cv::Mat splined(const cv::Mat& face, const cv::Mat& plate, const cv::Mat& matte, int levels) {
  cv::Mat drawn_in, weight, soft;
  cv::erode(matte, drawn_in, cv::getStructuringElement(cv::MORPH_ELLIPSE, {9, 9}));
  cv::GaussianBlur(drawn_in, soft, {5, 5}, 0);
  cv::merge(std::vector<cv::Mat>(3, soft), weight);
  if (levels == 1) return plate + weight.mul(face - plate);
  cv::Mat smaller_face, smaller_plate, smaller_matte, low_face, low_plate, low;
  cv::pyrDown(face, smaller_face);
  cv::pyrDown(plate, smaller_plate);
  cv::pyrDown(matte, smaller_matte);
  cv::pyrUp(smaller_face, low_face, face.size());
  cv::pyrUp(smaller_plate, low_plate, face.size());
  cv::pyrUp(splined(smaller_face, smaller_plate, smaller_matte, levels - 1), low, face.size());
  const cv::Mat face_band = face - low_face, plate_band = plate - low_plate;
  return low + plate_band + weight.mul(face_band - plate_band);
}

TEST(Blend, LaplacianIsThatOfBurtAndAdelson) {
  for (const cv::Size size : {cv::Size(220, 220), cv::Size(231, 217), cv::Size(217, 264)}) {
    cv::Mat matte = disc(size, 100);
    matte.rowRange(0, 30) = 1;  // as far as the border
    const cv::Mat face = noise(size, CV_32FC3, 1), plate = waves(size, 31);
    EXPECT_LT(
        cv::norm(blend_laplacian(face, plate, matte).color, splined(face, plate, matte, 3), cv::NORM_INF),
        1e-5)
        << size.width;
  }
}

}  // namespace
}  // namespace understudy::compose
