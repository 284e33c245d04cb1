#pragma once

#include <optional>

#include "understudy/face/crop.h"
#include "understudy/vision/detector.h"
#include "understudy/vision/warp.h"

namespace understudy::vision {

/// Looks for a face near `expected` in an enlarged, then a tilted, then a mirrored view of that place. Gives
/// the first detection of at least `min_score` that has about the expected place and size. `min_face_px` is
/// the detector's.
std::optional<Detection> search_again(Detector& detector, const cv::Mat& bgr8, const face::Box& expected,
                                      int min_face_px, double min_score);

}  // namespace understudy::vision
