#pragma once

#include <opencv2/core/mat.hpp>
#include <optional>

#include "understudy/face/geometry.h"

namespace understudy::vision {

/// How what a face shows moved between two pictures.
struct Motion {
  face::Affine after_from_before;  ///< a similarity
  double agreement;  ///< 0 to 1: the part of the points that moved as it says, to a pixel and a half
};

/// The motion of what lies in the ellipse inside `area` of `before`, to a small part of a pixel where there
/// is texture: points on a grid are followed (pyramids of Lucas & Kanade, Bouguet 2001) there and back, and
/// the similarity that most of them agree with is taken, so that a mouth that opens or a hand before the face
/// counts little. Both pictures are CV_8UC1; `guess` is an after_from_before to begin with. Absent where too
/// few points can be followed. The result does not depend on the number of threads.
std::optional<Motion> motion_between(const cv::Mat& before, const cv::Mat& after, const face::Box& area,
                                     const face::Affine& guess);

}  // namespace understudy::vision
