#include "understudy/face/steady.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <random>

namespace understudy::face {
namespace {

/// A flat face 100 pixels wide.
Landmarks face_at(cv::Point2d shift) {
  Landmarks out;
  for (int p = 0; p < kLandmarkCount; ++p) out[p] = cv::Point2d(10 * (p % 11), 12 * (p / 11)) + shift;
  return out;
}

struct Course {
  std::vector<TrackPoint> track;
  std::vector<Landmarks> truth;
};

/// A face whose middle goes as `shift` says, with `noise` pixels of noise on every landmark and its motion
/// known to a fiftieth of a pixel, or not known at all.
Course course(int frames, const std::function<cv::Point2d(int)>& shift, double noise, bool motion_known) {
  std::mt19937 random(1);
  std::normal_distribution<double> normal;
  const auto off = [&](double size) { return cv::Point2d(size * normal(random), size * normal(random)); };
  Course out;
  for (int f = 0; f < frames; ++f) {
    out.truth.push_back(face_at(shift(f)));
    TrackPoint point{f, out.truth.back(), {}, {}};
    for (auto& p : point.landmarks) p = cv::Point2d(p) + off(noise);
    const cv::Point2d step = shift(f + 1) - shift(f) + off(0.02);
    if (motion_known) point.next_from_this = Affine(1, 0, step.x, 0, 1, step.y);
    out.track.push_back(std::move(point));
  }
  return out;
}

std::vector<Landmarks> all_steadied(const Course& course, double most_frames) {
  std::vector<Landmarks> out;
  for (std::size_t i = 0; i < course.track.size(); ++i) out.push_back(steadied(course.track, i, most_frames));
  return out;
}

double error(const std::vector<Landmarks>& found, const std::vector<Landmarks>& truth) {
  double squares = 0;
  for (std::size_t i = 0; i < found.size(); ++i)
    for (std::size_t p = 0; p < found[i].size(); ++p) {
      const cv::Point2f off = found[i][p] - truth[i][p];
      squares += off.ddot(off);
    }
  return std::sqrt(squares / static_cast<double>(found.size() * kLandmarkCount));
}

cv::Point2d still(int) {
  return {0, 0};
}
cv::Point2d shaking(int frame) {
  return {20 * std::sin(1.1 * frame), 8 * std::cos(0.7 * frame)};
}

TEST(Steadied, AMovingFaceIsAsSteadyAsAStillOneWhereItsMotionIsKnown) {
  for (const auto& shift : {still, shaking}) {
    const Course noisy = course(60, shift, 0.5, true);
    const auto calm = all_steadied(noisy, 3);
    EXPECT_GT(error(all_steadied(noisy, 0), noisy.truth), 0.65);
    EXPECT_LT(error(calm, noisy.truth), 0.3);
    double before = 0, after = 0;
    std::vector<Landmarks> raw;
    for (const TrackPoint& point : noisy.track) raw.push_back(point.landmarks);
    for (std::size_t i = 1; i + 1 < raw.size(); ++i) {
      before += *shake_at(noisy.track, raw, i);
      after += *shake_at(noisy.track, calm, i);
    }
    EXPECT_LT(after, before / 5);
  }
}

TEST(Steadied, WhereTheMotionIsNotKnownTheLandmarksSayItAndNothingLags) {
  const Course clean = course(40, shaking, 0, false), noisy = course(40, shaking, 0.5, false);
  EXPECT_LT(error(all_steadied(clean, 3), clean.truth), 0.02);
  EXPECT_LT(error(all_steadied(noisy, 3), noisy.truth), 0.5);
}

TEST(Steadied, ALidThatClosesIsNotSmoothedAway) {
  Course blink = course(40, still, 0.2, true);
  for (const auto& [frame, by] : {std::pair{19, 4.f}, {20, 9.f}, {21, 8.f}, {22, 3.f}}) {
    blink.track[static_cast<std::size_t>(frame)].landmarks[37].y += by;
    blink.truth[static_cast<std::size_t>(frame)][37].y += by;
  }
  const auto found = all_steadied(blink, 3);
  for (std::size_t f = 17; f < 25; ++f) EXPECT_NEAR(found[f][37].y, blink.truth[f][37].y, 1.5) << f;
}

TEST(Steadied, LandmarksOfSmallConfidenceCountLess) {
  Course known = course(20, still, 0.2, true);
  known.track[10].confidence.assign(kLandmarkCount, 0.f);
  for (auto& p : known.track[10].landmarks) p.x += 6;
  EXPECT_NEAR(steadied(known.track, 10, 3)[40].x, known.truth[10][40].x, 0.5);
}

TEST(Steadied, StopsAtGapsAndLooksNoFurtherThanItsReach) {
  Course far = course(30, still, 0.5, true);
  const Landmarks before = steadied(far.track, 15, 2);
  for (const std::size_t other : {std::size_t{15 - 7}, std::size_t{15 + 7}})
    for (auto& p : far.track[other].landmarks) p.x += 50;
  EXPECT_EQ(reach_of(2), 6);
  EXPECT_EQ(steadied(far.track, 15, 2), before);
  for (std::size_t i = 16; i < far.track.size(); ++i) far.track[i].frame += 100;
  for (auto& p : far.track[16].landmarks) p.x += 50;
  EXPECT_LT(cv::norm(steadied(far.track, 15, 2)[5] - far.truth[15][5]), 2);
  EXPECT_FALSE(shake_at(far.track, far.truth, 15));
}

TEST(Steadied, LandmarksAllInOnePlaceAreLeft) {
  std::vector<TrackPoint> track;
  for (int f = 0; f < 9; ++f) {
    Landmarks points;
    points.fill({static_cast<float>(f % 2), 5});
    track.push_back({f, points, {}, {}});
  }
  EXPECT_EQ(steadied(track, 4, 3), track[4].landmarks);
}

}  // namespace
}  // namespace understudy::face
