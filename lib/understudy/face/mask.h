#pragma once

#include <opencv2/core/mat.hpp>
#include <vector>

#include "understudy/face/geometry.h"

namespace understudy::face {

/// The outline of the face: convex hull of the landmarks with the brows raised over the forehead.
std::vector<cv::Point2f> face_outline(const Landmarks& landmarks);

/// The outline filled: size CV_8UC1, 255 inside, 0 outside, with an anti-aliased edge. `landmarks` in the
/// mask's pixels; parts outside the picture are cut off.
cv::Mat hull_mask(const Landmarks& landmarks, cv::Size size);

}  // namespace understudy::face
