#include "understudy/compose/color.h"

#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>

#include "understudy/compose/color/color_cube.h"
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

cv::Mat match_color(const ColorMatch& match, const cv::Mat& face, const ColorSample& sample,
                    const ColorSettings& settings) {
  return apply_color(match, face, measure_color(match, sample, settings));
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

TEST(Color, EveryMatchMeasuresAsManyNumbersOfAnything) {
  const cv::Mat flat(30, 30, CV_32FC3, cv::Scalar(0.2, 0.4, 0.6));
  cv::Mat pixel = cv::Mat::zeros(30, 30, CV_32FC1);
  pixel.at<float>(3, 3) = 1;
  for (const auto& entry : color_matches()) {
    const cv::Mat a = measure_color(entry.value, {waves(kSize, 17), waves(kSize, 11), disc(kSize, 40)}, {});
    const cv::Mat b = measure_color(entry.value, {flat, flat * 0.5, disc({30, 30}, 10)}, {});
    const cv::Mat c = measure_color(entry.value, {flat, flat * 0.5, pixel}, {});
    const cv::Mat faint = measure_color(entry.value, {flat, flat, disc({30, 30}, 10) * 0.3}, {});
    for (const cv::Mat& measured : {a, b, c, faint}) {
      EXPECT_EQ(measured.type(), CV_32FC1) << entry.name;
      EXPECT_EQ(measured.size(), a.size()) << entry.name;
      EXPECT_EQ(measured.rows, 1) << entry.name;
      EXPECT_TRUE(cv::checkRange(measured)) << entry.name;
    }
  }
}

TEST(Color, TheMeanOfTwoMeasurementsIsAMatchBetweenTheirs) {
  const cv::Mat face = waves(kSize, 17), mask = disc(kSize, 40);
  for (const auto& entry : color_matches()) {
    const cv::Mat dark = measure_color(entry.value, {face, face * 0.7, mask}, {}),
                  bright = measure_color(entry.value, {face, face * 0.9 + cv::Scalar::all(0.05), mask}, {});
    const auto mean = [&](const cv::Mat& measured) {
      return masked_mean(apply_color(entry.value, face, measured), mask)[1];
    };
    const double between = mean((dark + bright) / 2);
    EXPECT_TRUE(entry.name == "none" || mean(bright) > mean(dark) + 0.1) << entry.name;
    EXPECT_NEAR(between, (mean(dark) + mean(bright)) / 2, 0.01) << entry.name;
  }
}

/// The mean distance of the sorted values of one channel inside the mask.
double histogram_distance(const cv::Mat& a, const cv::Mat& b, const cv::Mat& mask, int channel) {
  std::vector<float> of_a, of_b;
  for (int y = 0; y < mask.rows; ++y)
    for (int x = 0; x < mask.cols; ++x)
      if (mask.at<float>(y, x) > 0.5f) {
        of_a.push_back(a.at<cv::Vec3f>(y, x)[channel]);
        of_b.push_back(b.at<cv::Vec3f>(y, x)[channel]);
      }
  std::sort(of_a.begin(), of_a.end());
  std::sort(of_b.begin(), of_b.end());
  return cv::norm(of_a, of_b, cv::NORM_L1) / static_cast<double>(of_a.size());
}

TEST(Color, TransportsMatchTheWholeDistribution) {
  // The plate has dark and bright halves and hardly anything between, the face is even: a mean and a spread
  // cannot say that.
  const cv::Mat mask = disc(kSize, 40), face = noise(kSize, CV_32FC3, 3) * 0.6 + cv::Scalar::all(0.2);
  cv::Mat plate = noise(kSize, CV_32FC3, 4) * 0.1;
  plate.colRange(0, 48) += cv::Scalar(0.2, 0.25, 0.3);
  plate.colRange(48, 96) += cv::Scalar(0.6, 0.65, 0.7);
  const auto off = [&](const char* name) {
    const cv::Mat made = match_color(color_matches().at(name), face, {face, plate, mask}, {});
    double sum = 0;
    for (int c = 0; c < 3; ++c) sum += histogram_distance(made, plate, mask, c) / 3;
    return sum;
  };
  const double linear = off("mkl");
  EXPECT_LT(off("idt"), 0.5 * linear);
  EXPECT_LT(off("sliced-ot"), 0.6 * linear);
  const auto in_lab = [](const cv::Mat& bgr) {
    cv::Mat out;
    cv::cvtColor(bgr, out, cv::COLOR_BGR2Lab);
    return out;
  };
  const cv::Mat lab = in_lab(plate);
  const auto off_in_lab = [&](const char* name, int channel) {
    const cv::Mat made = match_color(color_matches().at(name), face, {face, plate, mask}, {});
    return histogram_distance(in_lab(made), lab, mask, channel);
  };
  EXPECT_LT(off_in_lab("histogram", 0), 0.4 * off_in_lab("reinhard", 0));
  for (int c : {1, 2}) EXPECT_LT(off_in_lab("mix", c), off_in_lab("reinhard", c) + 0.5) << c;
}

TEST(Color, ACubeOfALinearChangeIsThatChange) {
  const cv::Matx33f change(0.9f, 0.1f, 0, -0.05f, 1.1f, 0.02f, 0, 0.2f, 0.7f);
  Colors nodes = cube_nodes();
  for (cv::Vec3f& node : nodes) node = change * node + cv::Vec3f(0.01f, 0.02f, 0.03f);
  const cv::Mat measured = cube_changes(nodes), picture = noise({40, 30}, CV_32FC3, 8);
  cv::Mat wanted;
  cv::transform(picture, wanted,
                cv::Matx34f(0.9f, 0.1f, 0, 0.01f, -0.05f, 1.1f, 0.02f, 0.02f, 0, 0.2f, 0.7f, 0.03f));
  EXPECT_LT(largest_difference(apply_cube(picture, measured), wanted), 1e-5);
  // What is brighter than white moves as white does.
  const cv::Mat bright(1, 1, CV_32FC3, cv::Scalar(3, 2, 1.5)), white(1, 1, CV_32FC3, cv::Scalar::all(1));
  EXPECT_LT(largest_difference(apply_cube(bright, measured) - bright, apply_cube(white, measured) - white),
            1e-5);
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
  for (const char* name : {"mkl", "covariance", "reinhard", "histogram", "idt", "sliced-ot", "mix"}) {
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
