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

/// `face` (of any size, otherwise like the sample's) in the colours of the plate, by what `sample` shows of
/// both.
using ColorMatch = cv::Mat (*)(const cv::Mat& face, const ColorSample& sample, const ColorSettings& settings);

/// To add one: a file in color/, its declaration in color/color_match.h, a row in color/color.cpp, a row in
/// docs/tools/merge.md. Table-driven tests walk it.
const Table<ColorMatch>& color_matches();

/// Runs a match after checking what it is given. With an empty mask (sum of less than one pixel) `face` comes
/// back as it is. Throws Error kBug on other types or sizes.
cv::Mat match_color(ColorMatch match, const cv::Mat& face, const ColorSample& sample,
                    const ColorSettings& settings);

}  // namespace understudy::compose
