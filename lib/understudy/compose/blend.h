#pragma once

#include <opencv2/core/mat.hpp>

#include "understudy/core/table.h"

namespace understudy::compose {

/// What goes onto the plate: `color` under `matte`, as matte * color + (1 - matte) * plate.
struct Patch {
  cv::Mat color;  ///< CV_32FC3, B, G, R
  cv::Mat matte;  ///< CV_32FC1 in [0, 1]
};

/// Makes the patch of one face out of the swapped face, the plate below and the matte, all float and of one
/// size. Pixels where `matte` is 0 stay out of the patch.
using BlendMode = Patch (*)(const cv::Mat& face, const cv::Mat& plate, const cv::Mat& matte);

/// To add one: a file in blend/, its declaration in blend/blend_mode.h, a row in blend.cpp, a row in
/// docs/tools/merge.md. Table-driven tests walk it.
const Table<BlendMode>& blend_modes();

}  // namespace understudy::compose
