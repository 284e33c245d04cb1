#pragma once

#include <opencv2/core/mat.hpp>

#include "understudy/compose/settings.h"
#include "understudy/core/table.h"

namespace understudy::compose {

/// One way to make the mask of a face out of the outline of its landmarks and the mask that the model
/// predicted.
struct MaskMode {
  bool needs_hull, needs_predicted;
  /// Both CV_32FC1 in [0, 1] and of one size; the one that is not needed may be empty.
  cv::Mat (*combine)(const cv::Mat& hull, const cv::Mat& predicted);
  bool takes_visible = false;  ///< what is in front of the plate's face takes away from it
};

/// To add one: a row in mask.cpp and a row in docs/tools/merge.md. Table-driven tests walk it.
const Table<MaskMode>& mask_modes();

/// The matte of one aligned crop: `mask` (CV_32FC1 in [0, 1]) shrunk, blurred, and led to 0 towards the
/// crop's border, so that the border never shows. Values below 1/255 become 0. Same size and type.
cv::Mat shape_mask(const cv::Mat& mask, const MaskShape& shape);

/// The minimum under a disc of that many pixels, below 0 the maximum (CV_32FC1). What lies outside the
/// picture does not count.
cv::Mat eroded(const cv::Mat& mask, int radius);

/// The smallest upright rectangle around all pixels above 0; empty when there are none.
cv::Rect extent(const cv::Mat& matte);

}  // namespace understudy::compose
