#include "understudy/vision/face_network.h"

#include <gtest/gtest.h>

#include <numeric>
#include <opencv2/imgproc.hpp>

#include "understudy/face/mask.h"
#include "unit/vision/stills.h"

namespace understudy::vision {
namespace {

/// Of the square around the landmarks.
face::Affine view_of(const face::Landmarks& truth, double roll_deg = 0) {
  const face::Box box = face::bounding_box(truth);
  const cv::Point2d middle = (cv::Point2d(box.tl()) + cv::Point2d(box.br())) / 2;
  return face_view(middle, FaceNetwork::kBoxSides * std::max(box.width, box.height), roll_deg);
}

/// The truth's own angles of a still.
face::Pose still_pose(const std::string& clip, int frame) {
  std::ifstream file(std::filesystem::path(TEST_DATA) / "cast" / (clip + ".truth.jsonl"));
  std::string line;
  for (int i = 0; i <= frame; ++i) std::getline(file, line);
  const Json pose = parse_json(line, clip)["pose_camera"];
  return {pose["yaw"].get<double>(), pose["pitch"].get<double>(), pose["roll"].get<double>()};
}

class FaceNetworkOnStills : public testing::TestWithParam<std::pair<std::string, int>> {
 protected:
  std::string clip_ = GetParam().first;
  int frame_ = GetParam().second;
  cv::Mat still_ = read_still(clip_ + "_" + std::to_string(frame_));
  face::Landmarks truth_ = still_truth(clip_, frame_);
  FaceNetwork network_{{}, FaceNetwork::Classes::kAsked};
};

TEST_P(FaceNetworkOnStills, ItsMaskLiesOnTheFace) {
  const face::Affine view = view_of(truth_);
  const cv::Mat found = face_mask(network_.look(still_, view), view, still_.size()) > 0.5;
  const cv::Mat inner = face::hull_mask(truth_, still_.size()) > 127;
  EXPECT_GT(cv::countNonZero(found & inner), 0.9 * cv::countNonZero(inner));
  EXPECT_LT(cv::countNonZero(found & ~inner), 0.5 * cv::countNonZero(inner));
}

TEST_P(FaceNetworkOnStills, ItsPoseIsCloseToTheTruth) {
  const face::Pose truth = still_pose(clip_, frame_);
  for (const auto& [roll, most] : {std::pair(0.0, 7), std::pair(25.0, 14)}) {
    // A turned view must not turn the answer.
    for (const FaceLook& look : network_.look_both_ways(still_, view_of(truth_, roll))) {
      EXPECT_NEAR(look.pose.yaw_deg, truth.yaw_deg, most) << roll;
      EXPECT_NEAR(look.pose.pitch_deg, truth.pitch_deg, most) << roll;
      EXPECT_NEAR(look.pose.roll_deg, truth.roll_deg, 8) << roll;
    }
  }
}

TEST_P(FaceNetworkOnStills, AMirrorChangesLittle) {
  const auto [plain, mirrored] = network_.look_both_ways(still_, view_of(truth_));
  double sum = 0;
  for (std::size_t i = 0; i < truth_.size(); ++i) sum += cv::norm(plain.landmarks[i] - mirrored.landmarks[i]);
  EXPECT_LT(sum / face::kLandmarkCount, 0.08 * face::interocular(truth_));
  EXPECT_LT(cv::norm(plain.classes, mirrored.classes, cv::NORM_L1), 0.15 * 4 * 64 * 64);
}

TEST_P(FaceNetworkOnStills, SaysTheSameWithoutClasses) {
  FaceNetwork without({});
  const FaceLook plain = without.look(still_, view_of(truth_)),
                 asked = network_.look(still_, view_of(truth_));
  EXPECT_TRUE(plain.classes.empty());
  EXPECT_EQ(plain.landmarks, asked.landmarks);
  EXPECT_EQ(plain.error, asked.error);
  EXPECT_EQ(network_.look_both_ways(still_, view_of(truth_))[0].landmarks, asked.landmarks);
}

TEST_P(FaceNetworkOnStills, ACoveredFaceIsExpectedToBeWorse) {
  const auto sum = [](const FaceLook& look) {
    return std::accumulate(look.error.begin(), look.error.end(), 0.0);
  };
  const double open = sum(network_.look(still_, view_of(truth_)));
  cv::Mat covered = still_.clone();
  const face::Box box = face::bounding_box(truth_);
  covered(cv::Rect(cv::Rect2f(box.x, box.y, box.width, box.height * 0.55f))).setTo(cv::Scalar(60, 60, 60));
  EXPECT_GT(sum(network_.look(covered, view_of(truth_))), 1.2 * open);
}

INSTANTIATE_TEST_SUITE_P(Stills, FaceNetworkOnStills,
                         testing::Values(std::pair<std::string, int>("ada", 0),
                                         std::pair<std::string, int>("bruno", 46)));

}  // namespace
}  // namespace understudy::vision
