#pragma once

#include <opencv2/core/mat.hpp>

#include "understudy/compose/settings.h"
#include "understudy/core/table.h"

namespace understudy::compose {

/// `face` in the colours of `plate`. Both are CV_32FC3, B, G, R, display-referred, 0 to 1 nominal, of one
/// size; `mask` is CV_32FC1 in [0, 1] and weighs the pixels that are measured: nothing outside it has a say.
/// With an empty mask (sum of less than one pixel) `face` comes back as it is. Throws Error kBug on other
/// types or sizes.
using ColorMatch = cv::Mat (*)(const cv::Mat& face, const cv::Mat& plate, const cv::Mat& mask,
                               const ColorSettings& settings);

/// To add one: a file in color/, its declaration in color/color_match.h, a row in color/color.cpp, a row in
/// docs/merge.md. Table-driven tests walk it.
const Table<ColorMatch>& color_matches();

/// Runs a match after checking what it is given.
cv::Mat match_color(ColorMatch match, const cv::Mat& face, const cv::Mat& plate, const cv::Mat& mask,
                    const ColorSettings& settings);

}  // namespace understudy::compose
