#include "understudy/compose/color.h"

#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>

#include "understudy/compose/color/moments.h"
#include "understudy/core/error.h"
#include "unit/compose/pictures.h"

namespace understudy::compose {
namespace {

const cv::Size kSize{96, 96};

double largest_difference(const cv::Mat& a, const cv::Mat& b) {
  return cv::norm(a, b, cv::NORM_INF);
}

/// The mean colour inside the mask.
cv::Vec3d masked_mean(const cv::Mat& picture, const cv::Mat& mask) {
  const cv::Scalar mean = cv::mean(picture, cv::Mat(mask > 0.5));
  return {mean[0], mean[1], mean[2]};
}

TEST(Color, EveryMatchKeepsAFaceThatMatchesAlready) {
  const cv::Mat face = waves(kSize, 17);
  for (const auto& entry : color_matches())
    EXPECT_LT(largest_difference(match_color(entry.value, face, {face, face, disc(kSize, 40)}, {}), face),
              2e-3)
        << entry.name;
}

TEST(Color, EveryMatchLeavesTheFaceAloneUnderAnEmptyMask) {
  const cv::Mat face = waves(kSize, 17), plate = waves(kSize, 31) * 0.5;
  for (const auto& entry : color_matches())
    EXPECT_EQ(largest_difference(
                  match_color(entry.value, face, {face, plate, cv::Mat::zeros(kSize, CV_32FC1)}, {}), face),
              0)
        << entry.name;
}

TEST(Color, NoMatchListensToWhatIsOutsideTheMask) {
  const cv::Mat mask = disc(kSize, 30), face = waves(kSize, 17), plate = waves(kSize, 31) * 0.7;
  cv::Mat other_plate = plate.clone();
  other_plate.setTo(cv::Scalar(0.9, 0.0, 0.9), mask == 0);
  for (const auto& entry : color_matches()) {
    const cv::Mat a = match_color(entry.value, face, {face, plate, mask}, {});
    const cv::Mat b = match_color(entry.value, face, {face, other_plate, mask}, {});
    EXPECT_LT(largest_difference(a, b), 1e-5) << entry.name;
  }
}

TEST(Color, EveryMatchButNoneMovesTheMeanToThePlates) {
  const cv::Mat mask = disc(kSize, 40), face = waves(kSize, 17),
                plate = waves(kSize, 23) * 0.8 + cv::Scalar::all(0.05);
  const cv::Vec3d wanted = masked_mean(plate, mask);
  for (const auto& entry : color_matches()) {
    const double off =
        cv::norm(masked_mean(match_color(entry.value, face, {face, plate, mask}, {}), mask) - wanted);
    if (entry.name == "none")
      EXPECT_GT(off, 0.05);
    else
      EXPECT_LT(off, 0.02) << entry.name;
  }
}

TEST(Color, EveryMatchRefusesWrongSizesAndTypes) {
  const cv::Mat face = waves(kSize, 17), mask = disc(kSize, 40);
  for (const auto& entry : color_matches()) {
    EXPECT_THROW(match_color(entry.value, face, {face, waves({95, 96}, 17), mask}, {}), Error);
    EXPECT_THROW(match_color(entry.value, face, {face, face, disc({96, 95}, 40)}, {}), Error);
    cv::Mat bytes;
    face.convertTo(bytes, CV_8U, 255);
    EXPECT_THROW(match_color(entry.value, bytes, {face, face, mask}, {}), Error);
  }
}

TEST(Color, ASmallSampleServesALargeFace) {
  const cv::Mat face = waves({192, 192}, 60), plate = face * 0.7, mask = disc({192, 192}, 80);
  ColorSample small;
  for (const auto& [from, to] : {std::pair{face, &small.face}, {plate, &small.plate}, {mask, &small.mask}})
    cv::resize(from, *to, {64, 64}, 0, 0, cv::INTER_AREA);
  for (const auto& entry : color_matches()) {
    const cv::Mat a = match_color(entry.value, face, small, {}),
                  b = match_color(entry.value, face, {face, plate, mask}, {});
    ASSERT_EQ(a.size(), face.size());
    EXPECT_LT(cv::norm(a, b, cv::NORM_INF, cv::Mat(mask > 0.99)), 0.02) << entry.name;
  }
}

TEST(Color, ReinhardScalesTheSpreadByPlateOverFace) {
  const cv::Mat mask = cv::Mat::ones(kSize, CV_32FC1), plate = waves(kSize, 20);
  const cv::Mat face = plate * 0.8 + cv::Scalar::all(0.1);  // less contrast than the plate
  const cv::Mat matched = match_color(color_matches().at("reinhard"), face, {face, plate, mask}, {});
  EXPECT_LT(cv::norm(matched, plate, cv::NORM_L1) / (3.0 * kSize.area()), 0.01);
}

TEST(Color, ReinhardLimitsTheSpread) {
  const cv::Mat mask = cv::Mat::ones(kSize, CV_32FC1), plate = waves(kSize, 20);
  const cv::Mat face = plate * 0.1 + cv::Scalar::all(0.45);
  const cv::Mat matched = match_color(color_matches().at("reinhard"), face, {face, plate, mask}, {});
  cv::Mat grey_face, grey_matched;
  cv::cvtColor(face, grey_face, cv::COLOR_BGR2GRAY);
  cv::cvtColor(matched, grey_matched, cv::COLOR_BGR2GRAY);
  cv::Scalar mean, spread_face, spread_matched;
  cv::meanStdDev(grey_face, mean, spread_face);
  cv::meanStdDev(grey_matched, mean, spread_matched);
  EXPECT_NEAR(spread_matched[0] / spread_face[0], 1.5, 0.1);
}

TEST(Color, LinearMatchesGiveThePlatesMeanAndCovariance) {
  const cv::Mat mask = disc(kSize, 40), plate = waves(kSize, 20) + 0.3 * noise(kSize, CV_32FC3, 7);
  // Another white and a slight cross-talk of the channels, as from another light.
  const cv::Matx34d light(0.9, 0.05, 0, 0.02, 0.04, 0.8, 0.05, 0, 0, 0.1, 0.75, 0.05);
  cv::Mat face;
  cv::transform(plate, face, light);
  const ColorMoments wanted = color_moments(plate, mask);
  for (const char* name : {"mkl", "covariance"}) {
    const ColorMoments made =
        color_moments(match_color(color_matches().at(name), face, {face, plate, mask}, {}), mask);
    EXPECT_LT(cv::norm(made.mean - wanted.mean), 1e-4) << name;
    EXPECT_LT(cv::norm(made.covariance - wanted.covariance), 0.01 * cv::norm(wanted.covariance)) << name;
  }
  // mkl undoes a symmetric change; that is the smallest there is.
  const cv::Matx34d symmetric(0.9, 0.05, 0.02, 0, 0.05, 0.8, 0.04, 0, 0.02, 0.04, 0.75, 0.1);
  cv::transform(plate, face, symmetric);
  EXPECT_LT(
      cv::norm(match_color(color_matches().at("mkl"), face, {face, plate, mask}, {}), plate, cv::NORM_INF),
      2e-3);
}

TEST(Color, LinearMatchesCopeWithFlatColours) {
  const cv::Mat mask = disc(kSize, 40), flat(kSize, CV_32FC3, cv::Scalar(0.2, 0.4, 0.6)),
                rich = waves(kSize, 20);
  for (const char* name : {"mkl", "covariance", "reinhard"}) {
    const ColorMatch match = color_matches().at(name);
    EXPECT_TRUE(cv::checkRange(match_color(match, flat, {flat, rich, mask}, {}), true, nullptr, -1, 2))
        << name;
    const cv::Mat made = match_color(match, rich, {rich, flat, mask}, {});
    EXPECT_TRUE(cv::checkRange(made, true, nullptr, -1, 2)) << name;
    EXPECT_LT(cv::norm(masked_mean(made, mask) - cv::Vec3d(0.2, 0.4, 0.6)), 0.02) << name;
  }
}

TEST(Color, LowFrequencyTakesAwayALightFromTheSide) {
  const cv::Mat mask = disc(kSize, 40), plate = waves(kSize, 9);
  cv::Mat face = plate.clone();
  for (int y = 0; y < face.rows; ++y)
    for (int x = 0; x < face.cols; ++x) face.at<cv::Vec3f>(y, x) *= 0.7f + 0.6f * static_cast<float>(x) / 96;
  const cv::Mat inside = mask > 0.99;
  const cv::Mat matched = match_color(color_matches().at("low-frequency"), face, {face, plate, mask}, {});
  EXPECT_LT(cv::norm(matched, plate, cv::NORM_L2, inside), 0.35 * cv::norm(face, plate, cv::NORM_L2, inside));
}

TEST(Color, LowFrequencyKeepsTheFacesDetail) {
  const cv::Mat mask = disc(kSize, 40), face = waves(kSize, 6), plate(kSize, CV_32FC3, cv::Scalar::all(0.5));
  const cv::Mat matched = match_color(color_matches().at("low-frequency"), face, {face, plate, mask}, {});
  EXPECT_LT(cv::norm(matched, face, cv::NORM_INF, cv::Mat(mask > 0.99)), 0.06);
}

TEST(Color, LowFrequencyIsLimited) {
  const cv::Mat mask = disc(kSize, 40), dark(kSize, CV_32FC3, cv::Scalar::all(0.1));
  const cv::Mat bright(kSize, CV_32FC3, cv::Scalar::all(0.9));
  ColorSettings settings;
  settings.max_gain = 2;
  const ColorMatch match = color_matches().at("low-frequency");
  EXPECT_NEAR(match_color(match, dark, {dark, bright, mask}, settings).at<cv::Vec3f>(48, 48)[1], 0.2, 1e-3);
  EXPECT_NEAR(match_color(match, bright, {bright, dark, mask}, settings).at<cv::Vec3f>(48, 48)[1], 0.45,
              1e-3);
}

}  // namespace
}  // namespace understudy::compose
