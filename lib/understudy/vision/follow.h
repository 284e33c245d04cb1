#pragma once

#include <opencv2/core/mat.hpp>
#include <optional>

#include "understudy/face/geometry.h"

namespace understudy::vision {

/// Correlation of two pictures' deviations from their means (CV_8UC1, one size), -1 to 1; 0 where one of them
/// is flat.
double correlation(const cv::Mat& a, const cv::Mat& b);

/// A face's pixels for comparing: the middle of its box at a fixed size, CV_8UC1.
cv::Mat face_patch(const cv::Mat& gray, const face::Box& box);

/// The part of the box inside the picture, 0 to 1.
double visible_part(const face::Box& box, cv::Size picture);
constexpr double kMinVisible = 0.6;

/// A face that was found without a detector.
struct Followed {
  face::Box box;
  double likeness;  ///< correlation with the pixels that it should look like
};

/// Where the face in `box` of `before` is in `after`, the neighbouring frame (both CV_8UC1): by the motion of
/// what the box shows. How it moved before is not asked, so that nothing hangs on where following began.
/// Absent where it cannot be followed, leaves the picture, or
/// what is there does not look like `likeness`, its face_patch() when it was last surely seen.
std::optional<Followed> follow(const cv::Mat& before, const face::Box& box, const cv::Mat& after,
                               const cv::Mat& likeness);

}  // namespace understudy::vision
