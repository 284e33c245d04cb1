#include "understudy/face/head_shape.h"

#include <gtest/gtest.h>

#include <cmath>
#include <numbers>
#include <vector>

#include "understudy/face/smooth.h"

namespace understudy::face {
namespace {

constexpr int kSize = 256;
const CropFamily& kFamily = crop_families().at("whole");

/// A made-up head: jaw, brows, nose, eyes and mouth on an egg. What is aligned by lies `deeper` and `lower`
/// than in another such head, whose ears and chin are the same.
std::vector<cv::Vec3d> head(double deeper, double lower) {
  std::vector<cv::Vec3d> points(kLandmarkCount);
  const auto inner = [&](int first, int count, double x, double y, double width, double height, double z) {
    for (int i = 0; i < count; ++i) {
      const double angle = 2 * std::numbers::pi * i / count;
      points[static_cast<std::size_t>(first + i)] = {x + width * std::cos(angle),
                                                     y + height * std::sin(angle) + lower, z - deeper};
    }
  };
  for (int i = 0; i < 17; ++i) {
    const double angle = std::numbers::pi * i / 16;
    points[static_cast<std::size_t>(i)] = {-70 * std::cos(angle), -20 + 95 * std::sin(angle),
                                           -70 + 45 * std::sin(angle)};
  }
  for (int i = 0; i < 5; ++i) {
    points[static_cast<std::size_t>(17 + i)] = {-50.0 + 9 * i, -55.0 - 3 * std::min(i, 4 - i) + lower,
                                                -5 - deeper};
    points[static_cast<std::size_t>(26 - i)] = {50.0 - 9 * i, -55.0 - 3 * std::min(i, 4 - i) + lower,
                                                -5 - deeper};
    points[static_cast<std::size_t>(31 + i)] = {-12.0 + 6 * i, 16 + lower, 8 - deeper};
  }
  for (int i = 0; i < 4; ++i)
    points[static_cast<std::size_t>(27 + i)] = {0, -30.0 + 11 * i + lower, 5.0 + 7 * i - deeper};
  for (const double side : {-1.0, 1.0}) {
    const int first = side < 0 ? 36 : 42;
    const double x[] = {-12, -5, 5, 12, 5, -5}, y[] = {0, -5, -5, 0, 5, 5};
    for (int i = 0; i < 6; ++i)
      points[static_cast<std::size_t>(first + i)] = {side * 31 + x[i], -28 + y[i] + lower, -14 - deeper};
  }
  inner(48, 12, 0, 42, -25, -10, 0);
  inner(60, 8, 0, 42, -18, -4, 0);
  return points;
}

Landmarks seen(const std::vector<cv::Vec3d>& head, double yaw_deg, double pitch_deg) {
  const double yaw = yaw_deg * std::numbers::pi / 180, pitch = pitch_deg * std::numbers::pi / 180;
  Landmarks out;
  for (std::size_t k = 0; k < out.size(); ++k) {
    const double y = std::cos(pitch) * head[k][1] - std::sin(pitch) * head[k][2];
    const double z = std::sin(pitch) * head[k][1] + std::cos(pitch) * head[k][2];
    const double x = std::cos(yaw) * head[k][0] + std::sin(yaw) * z;
    out[k] = {static_cast<float>(300 + x), static_cast<float>(250 + y)};
  }
  return out;
}

Landmarks in_crop(const Landmarks& landmarks) {
  return transform(aligned_from_frame(landmarks, kFamily, kSize), landmarks);
}

std::vector<Landmarks> turning(const std::vector<cv::Vec3d>& head) {
  std::vector<Landmarks> faces;
  for (int i = 0; i < 40; ++i)
    faces.push_back(in_crop(seen(head, 35 * std::sin(i * 0.7), 14 * std::sin(i * 1.9))));
  return faces;
}

TEST(HeadShape, FindsDepthAndSymmetry) {
  const auto shape = head_shape(turning(head(0, 0)), kSize);
  ASSERT_TRUE(shape);
  const HeadShape& s = *shape;
  const double eyes = s[45][0] - s[36][0];  // 86 apart in the head
  EXPECT_NEAR((s[30][2] - s[36][2]) / eyes, 40.0 / 86, 0.03);
  EXPECT_NEAR((s[0][2] - s[30][2]) / eyes, -96.0 / 86, 0.05);
  for (int i = 0; i < 17; ++i) {
    const auto at = static_cast<std::size_t>(i);
    EXPECT_NEAR(s[at][0], -s[16 - at][0], 1e-9);
    EXPECT_NEAR(s[at][1], s[16 - at][1], 1e-9);
  }
}

TEST(HeadShape, IsAbsentWhenTheHeadDoesNotTurnOrIsHardlySeen) {
  std::vector<Landmarks> still(30, in_crop(seen(head(0, 0), 10, 5)));
  EXPECT_FALSE(head_shape(still, kSize));
  std::vector<Landmarks> few = turning(head(0, 0));
  few.resize(11);
  EXPECT_FALSE(head_shape(few, kSize));
  EXPECT_FALSE(head_shape({}, kSize));
}

TEST(HeadMatch, KnowsHowAlignedCropsOfTwoHeadsAreTurned) {
  // Brows lie deeper in the likeness' head, the mouth does not: its crops are aligned as if it looked up.
  auto likeness = head(0, 0);
  const auto performer = head(0, 0);
  for (std::size_t k = 17; k < likeness.size(); ++k) likeness[k][2] -= 0.12 * (45 - likeness[k][1]);
  const HeadMatch match(*head_shape(turning(likeness), kSize), *head_shape(turning(performer), kSize));
  double most = 0;
  for (const double yaw : {-30.0, -10.0, 0.0, 20.0, 35.0})
    for (const double pitch : {-10.0, 0.0, 10.0}) {
      const double truth = turn_of(aligned_from_frame(seen(performer, yaw, pitch), kFamily, kSize)) -
                           turn_of(aligned_from_frame(seen(likeness, yaw, pitch), kFamily, kSize));
      const double found = match.turn(in_crop(seen(performer, yaw, pitch)), kFamily, kSize);
      EXPECT_NEAR(found, truth, 0.004 + 0.25 * std::abs(truth)) << yaw << " " << pitch;
      most = std::max(most, std::abs(truth));
    }
  EXPECT_GT(most, 0.02);
}

TEST(HeadMatch, LeavesAHeadInItsOwnPlace) {
  const HeadShape shape = *head_shape(turning(head(0, 0)), kSize);
  EXPECT_NEAR(HeadMatch(shape, shape).turn(in_crop(seen(head(0, 0), 30, 5)), kFamily, kSize), 0, 1e-9);
}

TEST(SmoothTrack, SteadiesMapsAsItDoesLandmarks) {
  const std::vector<std::int64_t> frames = {1, 2, 3, 4, 5, 9};
  std::vector<Affine> maps(6, Affine(1, 0, 0, 0, 1, 0));
  maps[2](0, 2) = 1;
  maps[5](0, 2) = 7;
  const std::vector<Affine> steady = smooth_track(frames, maps, 1);
  EXPECT_LT(steady[2](0, 2), 0.5);
  EXPECT_GT(steady[3](0, 2), 0);
  EXPECT_EQ(steady[5](0, 2), 7);  // alone
  EXPECT_EQ(smooth_track(frames, maps, 0)[2](0, 2), 1);
}

}  // namespace
}  // namespace understudy::face
