#include "understudy/vision/landmarker.h"

#include <gtest/gtest.h>

#include <numeric>
#include <opencv2/imgproc.hpp>

#include "understudy/vision/landmarker/agreement.h"
#include "understudy/vision/warp.h"
#include "unit/vision/stills.h"

namespace understudy::vision {
namespace {

namespace fs = std::filesystem;

std::vector<std::string> usable_landmarkers() {
  std::vector<std::string> out;
  for (const auto& entry : landmarkers())
    if (entry.name != "facemesh" || !model_dir().empty()) out.push_back(entry.name);
  return out;
}

/// Mean distance of points 17-67 in eye distances; the truth's jaw points do not follow the contour.
double inner_error(const face::Landmarks& found, const face::Landmarks& truth) {
  double sum = 0;
  for (int i = 17; i < face::kLandmarkCount; ++i) sum += cv::norm(found[i] - truth[i]);
  return sum / 51 / face::interocular(truth);
}

face::Box box_around(const face::Landmarks& truth) {
  const float side = 1.9f * static_cast<float>(face::interocular(truth));
  const cv::Point2f centre = truth[29];
  return {centre.x - side / 2, centre.y - side / 2, side, side};
}

TEST(Landmarkers, AreCloseToTheTruthOnTheStills) {
  for (const std::string& name : usable_landmarkers()) {
    const auto landmarker = landmarkers().at(name)({model_dir()});
    for (const auto& [clip, frame, limit] : {std::tuple{"ada", 0, 0.045}, std::tuple{"bruno", 46, 0.08}}) {
      const auto truth = still_truth(clip, frame);
      const auto found = landmarker->detect(read_still(text(clip, "_", frame)), box_around(truth));
      EXPECT_LT(inner_error(found.landmarks, truth), limit) << name << " " << clip;
      ASSERT_EQ(found.confidence.size(), static_cast<std::size_t>(face::kLandmarkCount));
      for (float c : found.confidence) EXPECT_TRUE(c >= 0 && c <= 1) << c;
    }
  }
}

TEST(Landmarkers, HoldWhenTheBoxIsOffAndTheHeadIsTilted) {
  const cv::Mat still = read_still("ada_0");
  const auto truth = still_truth("ada", 0);
  const cv::Point2f centre = truth[29];
  const double angle = 0.35;
  const face::Affine tilt(
      std::cos(angle), -std::sin(angle), centre.x - std::cos(angle) * centre.x + std::sin(angle) * centre.y,
      std::sin(angle), std::cos(angle), centre.y - std::sin(angle) * centre.x - std::cos(angle) * centre.y);
  const cv::Mat tilted = warp(still, tilt, still.size());
  const auto tilted_truth = face::transform(tilt, truth);
  const face::Box good = box_around(tilted_truth);
  for (const std::string& name : usable_landmarkers()) {
    const auto landmarker = landmarkers().at(name)({model_dir()});
    for (const face::Box& box : {good, good + cv::Point2f(8, -6),
                                 face::Box(good.x - 6, good.y - 6, good.width + 12, good.height + 12)})
      EXPECT_LT(inner_error(landmarker->detect(tilted, box).landmarks, tilted_truth), 0.06)
          << name << " " << box;
  }
}

TEST(Landmarkers, HoldWhenTheBoxOfATurnedHeadIsOff) {
  const cv::Mat still = read_still("bruno_46");
  const auto truth = still_truth("bruno", 46);
  const face::Box good = box_around(truth);
  for (const char* name : {"dlib68", "understudy"}) {
    const auto landmarker = landmarkers().at(name)({model_dir()});
    for (const float x : {-.15f, 0.f, .15f})
      for (const float y : {-.1f, 0.f, .15f})
        EXPECT_LT(
            inner_error(landmarker->detect(still, good + good.width * cv::Point2f(x, y)).landmarks, truth),
            0.06)
            << name << " from a box off by " << x << ", " << y << " of its side";
  }
}

TEST(Landmarkers, HoldWhenTheLowerHalfOfATurnedFaceIsCovered) {
  cv::Mat still = read_still("bruno_46");
  const auto truth = still_truth("bruno", 46);
  const cv::Point2f nose = truth[30], chin = truth[8];
  const auto eyes = static_cast<float>(face::interocular(truth));
  cv::rectangle(still, nose - cv::Point2f(eyes, 0), chin + cv::Point2f(2 * eyes, eyes), {60, 90, 120},
                cv::FILLED);
  for (const char* name : {"dlib68", "understudy"})
    EXPECT_LT(
        inner_error(landmarkers().at(name)({model_dir()})->detect(still, box_around(truth)).landmarks, truth),
        0.13)
        << name;
}

TEST(Landmarkers, ANonFaceGetsAnAnswerOfLowerConfidence) {
  cv::Mat noise(240, 240, CV_8UC3);
  cv::RNG random(3);
  random.fill(noise, cv::RNG::UNIFORM, 0, 256);
  const auto mean = [](const std::vector<float>& c) {
    return std::accumulate(c.begin(), c.end(), 0.0) / static_cast<double>(c.size());
  };
  const auto truth = still_truth("ada", 0);
  for (const std::string& name : usable_landmarkers()) {
    const auto landmarker = landmarkers().at(name)({model_dir()});
    const double face = mean(landmarker->detect(read_still("ada_0"), box_around(truth)).confidence);
    EXPECT_LT(mean(landmarker->detect(noise, {60, 60, 120, 120}).confidence), face - 0.05) << name;
  }
}

TEST(Landmarkers, RefuseWhatIsNoPictureOrNoBox) {
  const cv::Mat still = read_still("ada_0");
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const std::string& name : usable_landmarkers()) {
    const auto landmarker = landmarkers().at(name)({model_dir()});
    EXPECT_THROW(landmarker->detect(cv::Mat(), {0, 0, 10, 10}), Error);
    EXPECT_THROW(landmarker->detect(cv::Mat(50, 50, CV_8UC1), {0, 0, 10, 10}), Error);
    for (const face::Box& box : {face::Box(0, 0, 0, 10), face::Box(0, 0, -5, 10), face::Box(nan, 0, 10, 10),
                                 face::Box(0, 0, nan, 10), face::Box(0, 0, 1e9f, 1e9f)})
      EXPECT_THROW(landmarker->detect(still, box), Error) << name << " " << box;
    EXPECT_NO_THROW(landmarker->detect(still, {-400, -400, 50, 50})) << name;
  }
}

TEST(Landmarkers, TwinsGiveTheSame) {
  const auto truth = still_truth("ada", 0);
  for (const std::string& name : usable_landmarkers()) {
    const auto landmarker = landmarkers().at(name)({model_dir()});
    const auto a = landmarker->detect(read_still("ada_0"), box_around(truth));
    const auto b = landmarker->twin()->detect(read_still("ada_0"), box_around(truth));
    EXPECT_EQ(a.landmarks, b.landmarks) << name;
  }
}

TEST(Landmarkers, ADamagedModelIsRefused) {
  const fs::path folder = fs::temp_directory_path() / temporary_name("understudy-vision-test");
  fs::create_directories(folder);
  write_file(folder / "shape_predictor_68_face_landmarks.dat", "no trees here");
  write_file(folder / "facemesh_192x192.onnx", "no network here");
  write_file(folder / "understudy_face.onnx", "no network here");
  for (const auto& entry : landmarkers()) EXPECT_THROW(entry.value({folder}), Error) << entry.name;
  fs::remove_all(folder);
}

/// As many numbers as ours, in two planes: reading them as 68 would lead out of them.
TEST(Landmarkers, AModelWithOutputsOfAnotherShapeIsRefused) {
  const fs::path folder = fs::temp_directory_path() / temporary_name("understudy-vision-test");
  fs::create_directories(folder);
  fs::copy_file(fs::path(TEST_DATA) / "models/face_of_other_shape.onnx", folder / "understudy_face.onnx");
  const auto look = [&] {
    landmarkers().at("understudy")({folder})->detect(read_still("ada_0"), box_around(still_truth("ada", 0)));
  };
  EXPECT_THROW(look(), Error);
  fs::remove_all(folder);
}

TEST(MirrorImage, NamesTheOtherSideAndUndoesItself) {
  const auto truth = still_truth("bruno", 46);
  const auto mirrored = mirror_image(truth, 240);
  EXPECT_EQ(mirrored[36], cv::Point2f(239 - truth[45].x, truth[45].y));
  EXPECT_EQ(mirrored[8], cv::Point2f(239 - truth[8].x, truth[8].y));
  for (int i = 0; i < face::kLandmarkCount; ++i)
    EXPECT_LT(cv::norm(mirror_image(mirrored, 240)[i] - truth[i]), 1e-3);
}

TEST(Agreement, IsFullForEqualFitsAndNoneForFarOnes) {
  const auto truth = still_truth("ada", 0);
  auto far = truth;
  far[30] += cv::Point2f(0.5f * static_cast<float>(face::interocular(truth)), 0);
  const face::Landmarks fits[] = {truth, far};
  const auto result = mean_and_agreement(fits);
  EXPECT_EQ(result.confidence[30], 0);
  EXPECT_EQ(result.confidence[8], 1);
  EXPECT_NEAR(result.landmarks[30].x, (truth[30].x + far[30].x) / 2, 1e-3);
}

TEST(Warp, ShrinksWithoutAliasing) {
  cv::Mat stripes(400, 400, CV_8UC1);
  for (int x = 0; x < stripes.cols; ++x) stripes.col(x).setTo(x % 2 * 255);
  const face::Affine quarter(0.23, 0, 0, 0, 0.23, 0);
  const cv::Mat small = warp(stripes, quarter, {80, 80});
  cv::Scalar mean, deviation;
  cv::meanStdDev(small(cv::Rect(4, 4, 72, 72)), mean, deviation);
  EXPECT_NEAR(mean[0], 127.5, 2);
  EXPECT_LT(deviation[0], 2);
}

TEST(Warp, IsExactForWholePixelShiftsAndRepeatsBorders) {
  const cv::Mat still = read_still("ada_0");
  const cv::Mat moved = warp(still, {1, 0, -20, 0, 1, -30}, {100, 100});
  EXPECT_EQ(cv::norm(moved, still(cv::Rect(20, 30, 100, 100)), cv::NORM_INF), 0);
  const cv::Mat outside = warp(still, {1, 0, 5000, 0, 1, 5000}, {10, 10});
  EXPECT_EQ(cv::norm(outside.at<cv::Vec3b>(5, 5), still.at<cv::Vec3b>(0, 0), cv::NORM_INF), 0);
  EXPECT_THROW(warp(still, {0, 0, 0, 0, 0, 0}, {10, 10}), Error);
}

}  // namespace
}  // namespace understudy::vision
