#include "understudy/compose/texture.h"

#include <gtest/gtest.h>

#include <opencv2/imgproc.hpp>

#include "understudy/compose/texture/smooth_blocks.h"
#include "understudy/compose/texture/texture_match.h"
#include "understudy/core/error.h"
#include "unit/compose/pictures.h"

namespace understudy::compose {
namespace {

const cv::Size kSize{240, 240};

/// Soft light in most of the picture, and drawn detail in the middle.
cv::Mat face_like(double shift_x = 0, double shift_y = 0) {
  cv::Mat large(4 * kSize.height, 4 * kSize.width, CV_32FC3, cv::Scalar(0.4, 0.5, 0.6));
  const auto at = [&](double x, double y) {
    return cv::Point(cvRound(4 * (x + shift_x)), cvRound(4 * (y + shift_y)));
  };
  cv::circle(large, at(85, 95), 40, cv::Scalar(0.1, 0.15, 0.2), -1, cv::LINE_AA);
  cv::circle(large, at(155, 95), 40, cv::Scalar(0.1, 0.15, 0.2), -1, cv::LINE_AA);
  cv::ellipse(large, at(120, 165), {120, 40}, 0, 0, 360, cv::Scalar(0.3, 0.2, 0.7), -1, cv::LINE_AA);
  cv::line(large, at(120, 100), at(112, 140), cv::Scalar(0.3, 0.4, 0.45), 12, cv::LINE_AA);
  cv::GaussianBlur(large, large, {}, 3);
  cv::Mat out;
  cv::resize(large, out, kSize, 0, 0, cv::INTER_AREA);
  return out;
}

/// Grain of a size, with channels that know more or less of each other.
cv::Mat grain(double level, double sigma, unsigned seed, const cv::Matx33f& mixing = cv::Matx33f::eye()) {
  cv::Mat out(kSize, CV_32FC3);
  cv::RNG random(seed);
  random.fill(out, cv::RNG::NORMAL, 0, 1);
  if (sigma > 0) cv::GaussianBlur(out, out, {}, sigma);
  cv::Scalar mean, deviation;
  cv::meanStdDev(out.reshape(1), mean, deviation);
  out *= level / deviation[0];
  cv::transform(out, out, mixing);
  return out;
}

TextureSample sample_of(const cv::Mat& face, const cv::Mat& plate) {
  return {face, plate, disc(kSize, 110), {0, 0}, {}, true, face::Affine::eye()};
}

cv::Mat matched(const TextureSample& sample, const std::string& match, std::uint64_t seed = 7) {
  return apply_textures(measure_textures({match}, sample), sample.face, {sample.motion, seed});
}

double number(const TextureRows& measured, const std::string& name) {
  for (const auto& [match, row] : measured)
    for (const auto& [key, value] : texture_matches().at(match).describe(row))
      if (key == name) return value;
  ADD_FAILURE() << "nothing is called " << name;
  return 0;
}

TEST(Texture, AFaceThatIsThePlateStaysAsItIs) {
  TextureSample sample = sample_of(face_like() + grain(0.02, 0.7, 1), {});
  sample.plate = sample.face;
  sample.motion = {9, 4};
  for (const cv::Mat& before : {cv::Mat(), cv::Mat(face_like(-9, -4) + grain(0.02, 0.7, 2))}) {
    sample.before = before;
    sample.before_from_plate = {1, 0, -9, 0, 1, -4};
    for (const auto& entry : texture_matches()) {
      const cv::Mat made = matched(sample, entry.name);
      EXPECT_LT(cv::norm(made, sample.face, cv::NORM_L2) / std::sqrt(made.total() * 3.0), 0.003)
          << entry.name;
    }
  }
}

TEST(Texture, NoMatchListensToWhatIsOutsideTheMask) {
  TextureSample sample = sample_of(face_like(), face_like() + grain(0.02, 0.7, 1));
  sample.mask = disc(kSize, 70);
  sample.motion = {5, 0};
  TextureSample other = sample;
  other.plate = sample.plate.clone();
  // Beyond the reach of the blurs, too.
  other.plate.setTo(cv::Scalar(0.9, 0.0, 0.9), disc(kSize, 90) == 0);
  const auto a = measure_textures(texture_matches().names(), sample),
             b = measure_textures(texture_matches().names(), other);
  EXPECT_EQ(a.size(), texture_matches().size() - 1);  // all but none
  for (const auto& [name, row] : a) EXPECT_LT(cv::norm(row, b.at(name), cv::NORM_INF), 1e-3) << name;
}

TEST(Texture, AnythingIsSurvived) {
  const cv::Mat wild = 1e4 * (noise(kSize, CV_32FC3, 5) - cv::Scalar::all(0.5)),
                flat(kSize, CV_32FC3, cv::Scalar::all(0.5));
  const cv::Mat nothing = cv::Mat::zeros(kSize, CV_32FC1);
  for (const cv::Mat& face : {wild, flat}) {
    for (const cv::Mat& plate : {wild, flat}) {
      TextureSample sample = sample_of(face, plate);
      sample.motion = {300, -200};
      const auto measured = measure_textures(texture_matches().names(), sample);
      EXPECT_TRUE(
          cv::checkRange(apply_textures(measured, face, {sample.motion, 1}), true, nullptr, -1e6, 1e6));
      sample.mask = nothing;
      EXPECT_TRUE(measure_textures(texture_matches().names(), sample).empty());
    }
  }
  const cv::Mat pixel(1, 1, CV_32FC3, cv::Scalar::all(0.5)), one = cv::Mat::ones(1, 1, CV_32FC1);
  EXPECT_TRUE(measure_textures(texture_matches().names(),
                               {pixel, pixel, one, {3, 3}, pixel, false, face::Affine::eye()})
                  .empty());
}

TEST(Texture, WrongSizesAndTypesAreBugs) {
  const cv::Mat face = face_like();
  EXPECT_THROW(measure_textures(texture_matches().names(), sample_of(face, waves({20, 20}, 5))), Error);
  cv::Mat bytes;
  face.convertTo(bytes, CV_8U, 255);
  EXPECT_THROW(measure_textures(texture_matches().names(), sample_of(bytes, face)), Error);
  EXPECT_THROW(apply_textures({}, bytes, {}), Error);
}

struct GrainCase {
  double level, sigma;
};
/// The frame before lay elsewhere, between the samples.
class Grain : public testing::TestWithParam<GrainCase> {};

TEST_P(Grain, LevelAndSizeAreFoundAndMadeAgain) {
  const auto [level, sigma] = GetParam();
  const std::string match = "grain";
  TextureSample sample = sample_of(face_like(), face_like() + grain(level, sigma, 1));
  sample.before = face_like(-3.5, 2.25) + grain(level, sigma, 2);
  sample.before_from_plate = {1, 0, -3.5, 0, 1, 2.25};
  const TextureRows measured = measure_textures({match}, sample);
  EXPECT_NEAR(number(measured, "level_codes"), 255 * level, 0.12 * 255 * level);
  EXPECT_NEAR(number(measured, "size_px"), sigma, 0.2);
  // A second look at what was made finds the same.
  sample.plate = apply_textures(measured, sample.face, {{0, 0}, 11});
  sample.before = apply_textures(measured, sample.face, {{0, 0}, 12});
  sample.before_from_plate = face::Affine::eye();
  const TextureRows again = measure_textures({match}, sample);
  EXPECT_NEAR(number(again, "level_codes"), 255 * level, 0.2 * 255 * level);
  EXPECT_NEAR(number(again, "size_px"), sigma, 0.35);
}

INSTANTIATE_TEST_SUITE_P(Kinds, Grain,
                         testing::Values(GrainCase{0.01, 0}, GrainCase{0.03, 0}, GrainCase{0.02, 0.6},
                                         GrainCase{0.02, 1.0}, GrainCase{0.05, 1.5}));

TEST(Texture, GrainKeepsTheMixtureOfItsChannels) {
  const cv::Matx33f mixing(1, 0, 0, 0.8F, 0.6F, 0, 0, 0, 0.3F);
  const std::string match = "grain";
  const TextureSample sample = sample_of(face_like(), face_like() + grain(0.03, 0.5, 1, mixing));
  const cv::Mat added = matched(sample, match) - sample.face;
  cv::Mat covariance, mean;
  cv::calcCovarMatrix(added.reshape(1, static_cast<int>(added.total())), covariance, mean,
                      cv::COVAR_NORMAL | cv::COVAR_ROWS | cv::COVAR_SCALE, CV_64F);
  const auto correlation = [&](int a, int b) {
    return covariance.at<double>(a, b) / std::sqrt(covariance.at<double>(a, a) * covariance.at<double>(b, b));
  };
  EXPECT_NEAR(correlation(0, 1), 0.8, 0.1);
  EXPECT_NEAR(correlation(0, 2), 0, 0.1);
  EXPECT_NEAR(std::sqrt(covariance.at<double>(2, 2) / covariance.at<double>(0, 0)), 0.3, 0.06);
}

TEST(Texture, WhatMovesAlongWithTheFaceIsNoGrain) {
  // The plate's skin has pores; the frame before shows the same ones elsewhere.
  const cv::Mat pores = grain(0.03, 1.2, 3);
  TextureSample sample = sample_of(face_like(), face_like() + pores + grain(0.01, 0, 4));
  for (const cv::Vec2d& way : {cv::Vec2d(-5, 3), cv::Vec2d(-5.4, 3.5)}) {
    sample.before_from_plate = {1, 0, way[0], 0, 1, way[1]};
    cv::Mat pores_before;
    cv::warpAffine(pores, pores_before, sample.before_from_plate, kSize, cv::INTER_LANCZOS4);
    sample.before = face_like(way[0], way[1]) + pores_before + grain(0.01, 0, 5);
    const std::string match = "grain";
    EXPECT_NEAR(number(measure_textures({match}, sample), "level_codes"), 2.55, 0.6) << way;
  }
}

TEST(Texture, AShadowThatPassesOverTheFaceIsNoGrain) {
  constexpr double kLevel = 0.004;
  TextureSample sample = sample_of(face_like(), face_like());
  for (int x = 0; x < kSize.width; ++x)
    sample.plate.col(x) *= 1 - 0.6 * std::clamp((x - 80) / 80.0, 0.0, 1.0);
  sample.plate += grain(kLevel, 0, 4);
  sample.before = face_like() + grain(kLevel, 0, 5);
  EXPECT_NEAR(number(measure_textures({"grain"}, sample), "level_codes"), 255 * kLevel, 0.3 * 255 * kLevel);
}

TEST(Texture, OneFrameOfAClipSaysNothingOfGrain) {
  TextureSample sample = sample_of(face_like(), face_like() + grain(0.03, 0.5, 1));
  sample.still = false;
  EXPECT_TRUE(measure_textures({"grain"}, sample).empty());
}

TEST(Texture, GrainIsTheSamePicturePerSeed) {
  const std::string match = "grain";
  const TextureSample sample = sample_of(face_like(), face_like() + grain(0.03, 0.5, 1));
  EXPECT_EQ(cv::norm(matched(sample, match, 3), matched(sample, match, 3), cv::NORM_INF), 0);
  EXPECT_GT(cv::norm(matched(sample, match, 3), matched(sample, match, 4), cv::NORM_INF), 0.01);
}

TEST(Texture, AFaceThatIsTooSharpBecomesAsSoftAsThePlate) {
  const cv::Mat face = face_like();
  cv::Mat plate;
  cv::GaussianBlur(face, plate, {}, 1.6);
  const cv::Mat made = matched(sample_of(face, plate), "sharpness");
  EXPECT_LT(cv::norm(made, plate, cv::NORM_L2), 0.45 * cv::norm(face, plate, cv::NORM_L2));
}

TEST(Texture, ASoftFaceIsSharpenedWithinBounds) {
  const cv::Mat plate = face_like();
  cv::Mat face;
  cv::GaussianBlur(plate, face, {}, 0.8);
  const std::string match = "sharpness";
  const TextureSample sample = sample_of(face, plate + grain(0.01, 0, 1));
  EXPECT_LT(cv::norm(matched(sample, match), plate, cv::NORM_L2), 0.8 * cv::norm(face, plate, cv::NORM_L2));
  cv::GaussianBlur(plate, face, {}, 4);
  const TextureRows measured = measure_textures({match}, sample_of(face, plate));
  EXPECT_LE(number(measured, "fine_gain"), 2.001);
}

/// As a codec leaves it: frequencies of 8 by 8 pixels rounded to whole steps, small ones down, the blocks'
/// grid `phase` pixels in.
cv::Mat quantised(const cv::Mat& picture, float step, int phase) {
  cv::Mat out = picture.clone();
  std::vector<cv::Mat> channels;
  cv::split(out, channels);
  for (cv::Mat& channel : channels)
    for (int y = phase; y + 8 <= out.rows; y += 8)
      for (int x = phase; x + 8 <= out.cols; x += 8) {
        cv::Mat block = channel({x, y, 8, 8}), spectrum;
        cv::dct(block, spectrum);
        for (int i = 0; i < 64; ++i) {
          auto& value = spectrum.at<float>(i / 8, i % 8);
          value = step * std::trunc(value / step + 0.17F * (value < 0 ? -1 : 1));
        }
        cv::idct(spectrum, block);
      }
  cv::merge(channels, out);
  return out;
}

double fine_detail(const cv::Mat& picture) {
  cv::Mat slopes;
  cv::Laplacian(float_luma(picture), slopes, CV_32F);
  const cv::Rect inside(60, 60, 120, 120);
  return cv::norm(slopes(inside), cv::NORM_L2);
}

/// Fine detail in the left half.
cv::Mat with_pores(int seed) {
  cv::Mat pores = grain(0.03, 0.7, seed);
  pores.colRange(kSize.width / 2, kSize.width) = cv::Scalar::all(0);
  return face_like() + pores;
}

/// What a codec made softer is soft, wherever its blocks lay.
class Codec : public testing::TestWithParam<int> {};

TEST_P(Codec, ItsSoftnessIsMatched) {
  const cv::Mat face = with_pores(1), plate = quantised(with_pores(2), 0.06F, GetParam());
  const double was = fine_detail(face), wanted = fine_detail(plate),
               is = fine_detail(matched(sample_of(face, plate), "sharpness"));
  EXPECT_LT(std::abs(is - wanted), 0.4 * std::abs(was - wanted))
      << was << " to " << is << ", wanted " << wanted;
}

INSTANTIATE_TEST_SUITE_P(Grids, Codec, testing::Values(0, 3, 4));

class MotionBlur : public testing::TestWithParam<std::pair<cv::Vec2d, double>> {};

TEST_P(MotionBlur, TheShutterIsFound) {
  const auto [motion, shutter] = GetParam();
  cv::Mat plate = cv::Mat::zeros(kSize, CV_32FC3);
  constexpr int kMoments = 32;
  for (int i = 0; i < kMoments; ++i) {
    const double t = shutter * ((i + 0.5) / kMoments - 0.5);
    plate += face_like(motion[0] * t, motion[1] * t) / kMoments;
  }
  TextureSample sample = sample_of(face_like(), plate + grain(0.01, 0, 1));
  sample.motion = motion;
  const std::string match = "motion-blur";
  const TextureRows measured = measure_textures({match}, sample);
  EXPECT_NEAR(number(measured, "shutter_frames"), shutter, 0.12);
  const cv::Mat made = apply_textures(measured, sample.face, {motion, 0});
  EXPECT_LE(cv::norm(made, plate, cv::NORM_L2), 0.4 * cv::norm(sample.face, plate, cv::NORM_L2) + 0.02);
}

INSTANTIATE_TEST_SUITE_P(Ways, MotionBlur,
                         testing::Values(std::pair{cv::Vec2d(12, 0), 0.5}, std::pair{cv::Vec2d(0, -10), 0.5},
                                         std::pair{cv::Vec2d(8, 9), 0.8}, std::pair{cv::Vec2d(12, 5), 0.0}));

TEST(Texture, AFaceAtRestIsNotSmeared) {
  const std::string match = "motion-blur";
  TextureSample sample = sample_of(face_like(), face_like());
  sample.motion = {0.5, 0.5};
  EXPECT_TRUE(measure_textures({match}, sample).empty());
}

}  // namespace
}  // namespace understudy::compose
