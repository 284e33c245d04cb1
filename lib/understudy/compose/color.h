#pragma once

#include <opencv2/core/mat.hpp>

#include "understudy/compose/settings.h"
#include "understudy/core/table.h"

namespace understudy::compose {

/// What a match measures, small pictures of one size: the swapped face and the plate in the same place,
/// CV_32FC3, B, G, R, display-referred, 0 to 1 nominal, and a CV_32FC1 mask in [0, 1] that weighs the pixels:
/// nothing outside it has a say.
struct ColorSample {
  cv::Mat face, plate, mask;
};

/// A way to give a face the plate's colours, in two steps.
struct ColorMatch {
  /// What the sample says, as one row of CV_32FC1. Always as many numbers, and such that the mean of those of
  /// several frames is a match between theirs: so they can be steadied over time.
  cv::Mat (*measure)(const ColorSample& sample, const ColorSettings& settings);
  /// `face`, of any size, changed by what was measured.
  cv::Mat (*apply)(const cv::Mat& face, const cv::Mat& measured);
};

/// To add one: a file in color/, its declaration in color/color_match.h, a row in color/color.cpp, a row in
/// docs/tools/merge.md. Table-driven tests walk it.
const Table<ColorMatch>& color_matches();

/// What the match measures, after checking what it is given. Empty where the mask is (a sum of less than one
/// pixel). Throws Error kBug on other types or sizes.
cv::Mat measure_color(const ColorMatch& match, const ColorSample& sample, const ColorSettings& settings);

/// `face` (CV_32FC3, else Error kBug) changed by what was measured, or as it is when that is empty.
cv::Mat apply_color(const ColorMatch& match, const cv::Mat& face, const cv::Mat& measured);

}  // namespace understudy::compose
