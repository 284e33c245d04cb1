#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <numbers>
#include <opencv2/core.hpp>

#include "understudy/core/json.h"
#include "understudy/face/crop.h"
#include "understudy/face/mask.h"
#include "understudy/face/pose.h"

namespace understudy::face {
namespace {

struct TruthFrame {
  Landmarks landmarks;
  Pose pose;
};

/// The rendered cast's exact landmarks and poses.
std::vector<TruthFrame> read_truth(const std::string& name) {
  std::vector<TruthFrame> out;
  std::ifstream file(std::string(TEST_DATA) + "/cast/" + name + ".truth.jsonl");
  for (std::string line; std::getline(file, line);) {
    const Json json = parse_json(line, name);
    TruthFrame frame;
    for (int i = 0; i < kLandmarkCount; ++i)
      frame.landmarks[i] = {json["landmarks68"][i][0].get<float>(), json["landmarks68"][i][1].get<float>()};
    const Json& pose = json["pose_camera"];
    frame.pose = {pose["yaw"], pose["pitch"], pose["roll"]};
    out.push_back(frame);
  }
  return out;
}

Landmarks frontal() {
  return read_truth("ada").front().landmarks;
}

TEST(Similarity, RecoversAKnownMap) {
  const Affine known(1.2, -0.5, 30, 0.5, 1.2, -7);
  std::vector<cv::Point2d> from = {{0, 0}, {10, 2}, {-3, 8}, {5, 5}}, to;
  for (cv::Point2d p : from) to.push_back(transform(known, p));
  EXPECT_LT(cv::norm(fit_similarity(from, to) - known), 1e-9);
  EXPECT_THROW(fit_similarity({from.data(), 1}, {to.data(), 1}), Error);
  const std::vector<cv::Point2d> same(4, cv::Point2d(3, 3));
  EXPECT_THROW(fit_similarity(same, to), Error);
}

TEST(Similarity, InverseAndComposeGiveIdentity) {
  const Affine map(0.3, 0.1, 5, -0.1, 0.3, 9);
  EXPECT_LT(cv::norm(compose(inverse(map), map) - Affine(1, 0, 0, 0, 1, 0)), 1e-12);
  EXPECT_NEAR(scale_of(map), std::sqrt(0.1), 1e-12);
  EXPECT_THROW(inverse(Affine(0, 0, 1, 0, 0, 1)), Error);
}

TEST(Box, Overlap) {
  EXPECT_DOUBLE_EQ(intersection_over_union({0, 0, 2, 2}, {1, 0, 2, 2}), 1.0 / 3);
  EXPECT_EQ(intersection_over_union({0, 0, 1, 1}, {5, 5, 1, 1}), 0);
  EXPECT_EQ(intersection_over_union({}, {}), 0);
}

TEST(Crop, EveryFamilyCentresTheFaceAndGrows) {
  double previous_scale = 1e9;
  for (const auto& family : crop_families()) {
    const Affine map = aligned_from_frame(frontal(), family.value, 128);
    const Landmarks aligned = transform(map, frontal());
    EXPECT_NEAR(aligned[30].x, 63.5, 8) << family.name;
    EXPECT_LT(aligned[30].y, 128) << family.name;
    EXPECT_GT(aligned[8].y, aligned[57].y) << family.name;
    EXPECT_LT(scale_of(map), previous_scale) << family.name;
    previous_scale = scale_of(map);
  }
}

TEST(Crop, ScalesWithItsSizeAboutTheSameContent) {
  for (const auto& family : crop_families()) {
    const Affine small = aligned_from_frame(frontal(), family.value, 64);
    const Affine large = aligned_from_frame(frontal(), family.value, 256);
    // Pixel centres at integers: the outer edge lies at -0.5.
    const cv::Point2d corner = transform(large, transform(inverse(small), {-0.5, -0.5}));
    EXPECT_NEAR(corner.x, -0.5, 1e-6) << family.name;
    EXPECT_NEAR(corner.y, -0.5, 1e-6) << family.name;
  }
}

TEST(Crop, ContextHoldsTheBoxInItsMiddle) {
  const Affine map = context_from_frame({10, 20, 40, 30}, 0.5, 160);
  EXPECT_NEAR(transform(map, {30, 35}).x, 79.5, 1e-9);
  EXPECT_NEAR(scale_of(map), 2.0, 1e-9);
}

TEST(Pose, FollowsTheRenderedTruth) {
  for (const std::string name : {"ada", "bruno"}) {
    double yaw = 0, pitch = 0, roll = 0, signs = 0;
    const auto truth = read_truth(name);
    for (const TruthFrame& frame : truth) {
      const Pose pose = estimate_pose(frame.landmarks);
      yaw += std::abs(pose.yaw_deg - frame.pose.yaw_deg);
      pitch += std::abs(pose.pitch_deg - frame.pose.pitch_deg);
      roll += std::abs(pose.roll_deg - frame.pose.roll_deg);
      signs += pose.yaw_deg * frame.pose.yaw_deg > 0 || std::abs(frame.pose.yaw_deg) < 5;
    }
    const double n = static_cast<double>(truth.size());
    EXPECT_LT(yaw / n, 4) << name;
    EXPECT_LT(pitch / n, 8) << name;  // a generic head is biased by how deep a face's own features lie
    EXPECT_LT(roll / n, 2) << name;
    EXPECT_EQ(signs, n) << name;
  }
}

TEST(Mask, CoversTheLandmarksAndTheForehead) {
  const Affine map = aligned_from_frame(frontal(), crop_families().at("whole"), 256);
  const Landmarks aligned = transform(map, frontal());
  const cv::Mat mask = hull_mask(aligned, {256, 256});
  for (int i = 17; i < kLandmarkCount; ++i) EXPECT_EQ(mask.at<uchar>(aligned[i]), 255) << i;
  EXPECT_EQ(mask.at<uchar>(cv::Point(aligned[27] + (aligned[27] - aligned[33]) * 0.8f)), 255);
  EXPECT_EQ(mask.at<uchar>(2, 2), 0);
}

TEST(Mask, SurvivesWildLandmarks) {
  Landmarks wild = frontal();
  wild[3] = {-1e30f, 1e30f};
  EXPECT_EQ(hull_mask(wild, {64, 64}).size(), cv::Size(64, 64));
  wild[36] = {1e30f, -1e30f};
  for (const auto& part : face_parts())
    EXPECT_LT(cv::countNonZero(part_mask(part.value, wild, {512, 512})), 512 * 512) << part.name;
}

TEST(Mask, PartsCoverTheirLandmarksAndLittleElse) {
  const Affine map = aligned_from_frame(frontal(), crop_families().at("whole"), 256);
  const Landmarks aligned = transform(map, frontal());
  const double face_area = cv::countNonZero(hull_mask(aligned, {256, 256}));
  cv::Mat all = cv::Mat::zeros(256, 256, CV_8UC1);
  for (const auto& part : face_parts()) {
    const cv::Mat mask = part_mask(part.value, aligned, {256, 256});
    for (const auto& [from, to] : part.value.outlines)
      for (int i = from; i <= to; ++i)
        EXPECT_EQ(mask.at<uchar>(aligned[static_cast<std::size_t>(i)]), 255) << part.name << " " << i;
    EXPECT_EQ(mask.at<uchar>(aligned[30]), 0) << part.name;  // the tip of the nose
    EXPECT_EQ(mask.at<uchar>(aligned[8]), 0) << part.name;   // the chin
    EXPECT_LT(cv::countNonZero(mask), 0.2 * face_area) << part.name;
    // A part is its own: no other one's middle lies in it.
    EXPECT_EQ(cv::countNonZero(mask & (all > 128)) > 0.3 * cv::countNonZero(mask), false) << part.name;
    all |= mask;
  }
}

}  // namespace
}  // namespace understudy::face
