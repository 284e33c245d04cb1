#pragma once

#include <opencv2/core/mat.hpp>

#include "understudy/face/geometry.h"

namespace understudy::face {

enum class Resampling {
  kSharp,   ///< bicubic, for pictures: may go a little beyond the range of its input
  kSmooth,  ///< bilinear, for masks: stays within the range of its input
};

/// A picture of `size` that shows `source` (8 or 16 bits or float, 1 or 3 channels, not empty, else Error
/// kBug) in each pixel at the place `source_from_target` of it, to 1/256 of a pixel. Bicubic after Keys
/// (1981) with a = -0.75; whole numbers are rounded and saturated. Outside the source its border pixels are
/// repeated (kSharp), or it is 0 (kSmooth). The same on every x86-64 processor. Does not average where the
/// target is smaller: compose::warp() and vision::warp() do that first.
cv::Mat resample(const cv::Mat& source, const Affine& source_from_target, cv::Size size,
                 Resampling resampling);

}  // namespace understudy::face
