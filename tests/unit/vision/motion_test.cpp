#include "understudy/vision/motion.h"

#include <gtest/gtest.h>

#include <cmath>
#include <opencv2/imgproc.hpp>

#include "understudy/vision/follow.h"
#include "understudy/vision/warp.h"
#include "unit/vision/stills.h"

namespace understudy::vision {
namespace {

cv::Mat gray_still() {
  cv::Mat out;
  cv::cvtColor(read_still("ada_0"), out, cv::COLOR_BGR2GRAY);
  return out;
}

/// With fresh noise, as a camera makes it.
cv::Mat noisy(const cv::Mat& gray, int seed) {
  cv::Mat noise(gray.size(), CV_16SC1), out;
  cv::RNG random(static_cast<std::uint64_t>(seed));
  random.fill(noise, cv::RNG::NORMAL, 0, 4);
  cv::add(gray, noise, out, cv::noArray(), CV_8U);
  return out;
}

/// About the middle of the still's face.
face::Affine moved(double shift_x, double shift_y, double turn, double growth) {
  const cv::Point2d middle(115, 125);
  const double c = growth * std::cos(turn), s = growth * std::sin(turn);
  return {c, -s, middle.x - c * middle.x + s * middle.y + shift_x,
          s, c,  middle.y - s * middle.x - c * middle.y + shift_y};
}

double off_at(const face::Affine& a, const face::Affine& b, cv::Point2d point) {
  return cv::norm(face::transform(a, point) - face::transform(b, point));
}

const face::Box kFace(60, 70, 110, 110);

TEST(Motion, IsFoundToASmallPartOfAPixel) {
  const cv::Mat still = gray_still();
  // Windows are shifted, not turned: a large turn costs some of it.
  for (const auto& [truth, limit] : {std::pair{moved(0, 0, 0, 1), 0.15},
                                     {moved(0.3, -0.2, 0.004, 1.002), 0.15},
                                     {moved(4.7, 2.1, 0.05, 1.03), 0.4}}) {
    const cv::Mat after = warp(still, truth, still.size());
    const auto motion = motion_between(noisy(still, 1), noisy(after, 2), kFace, face::Affine::eye());
    ASSERT_TRUE(motion);
    EXPECT_GT(motion->agreement, 0.9);
    for (const cv::Point2d corner : {cv::Point2d(70, 80), {160, 80}, {115, 125}, {115, 170}})
      EXPECT_LT(off_at(motion->after_from_before, truth, corner), limit) << truth << corner;
  }
}

TEST(Motion, IsTheFacesWhereAHandCoversAThirdOfIt) {
  const cv::Mat still = gray_still(), truth_picture = warp(still, moved(1.5, 0.5, 0, 1), still.size());
  cv::Mat covered = truth_picture.clone();
  noisy(cv::Mat(40, 120, CV_8UC1, cv::Scalar(120)), 3).copyTo(covered(cv::Rect(60, 140, 120, 40)));
  const auto motion = motion_between(still, covered, kFace, face::Affine::eye());
  ASSERT_TRUE(motion);
  EXPECT_LT(off_at(motion->after_from_before, moved(1.5, 0.5, 0, 1), {115, 110}), 0.15);
}

TEST(Motion, IsAbsentWhereThereIsNothingToHoldOnTo) {
  const cv::Mat flat(240, 240, CV_8UC1, cv::Scalar(90)), still = gray_still();
  EXPECT_FALSE(motion_between(flat, flat, kFace, face::Affine::eye()));
  EXPECT_FALSE(motion_between(still, still, {-500, 0, 100, 100}, face::Affine::eye()));
}

TEST(Follow, FindsTheFaceAndItsSizeAndLetsGoOfWhatIsNone) {
  const cv::Mat still = gray_still();
  const face::Affine truth = moved(6, -3, 0, 1.05);
  const cv::Mat after = warp(still, truth, still.size());
  const cv::Mat likeness = face_patch(still, kFace);
  const auto found = follow(still, kFace, after, likeness);
  ASSERT_TRUE(found);
  EXPECT_GT(found->likeness, 0.95);
  EXPECT_NEAR(found->box.width, 1.05 * kFace.width, 1);
  const cv::Point2d centre = (cv::Point2d(kFace.tl()) + cv::Point2d(kFace.br())) / 2;
  EXPECT_LT(cv::norm((cv::Point2d(found->box.tl()) + cv::Point2d(found->box.br())) / 2 -
                     face::transform(truth, centre)),
            1);
  cv::Mat other;
  cv::flip(after, other, 0);
  EXPECT_FALSE(follow(still, kFace, other, likeness));
}

}  // namespace
}  // namespace understudy::vision
