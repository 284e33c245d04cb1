#pragma once

#include <cstdint>
#include <opencv2/core/types.hpp>
#include <string>
#include <vector>

#include "understudy/provenance/c2pa/manifest.h"

namespace understudy::stages {

/// A face that was changed in a frame.
struct ChangedFace {
  std::string track;
  cv::Rect box;  ///< all that was changed, in pixels of the frame; never empty
  bool operator==(const ChangedFace&) const = default;
};

/// A frame whose faces were changed, and when it is shown, in seconds; both 0 for pictures.
struct ChangedFrame {
  std::int64_t number = 0;
  double start = 0, end = 0;
  std::vector<ChangedFace> faces;  ///< empty: where it was changed is not known
  bool operator==(const ChangedFrame&) const = default;
};

/// Frames in ascending order as regions, by their first frame: for each track a box for each stretch without
/// gaps that covers the track's boxes in all of its frames. A face that moves or grows so much that the box
/// would be more than 2.25 times as large as one of these gets another, unless there are hundreds already.
/// Stretches are seconds of a video, else numbers.
std::vector<provenance::c2pa::ChangedRegion> changed_regions(const std::vector<ChangedFrame>& frames,
                                                             bool is_video);

}  // namespace understudy::stages
