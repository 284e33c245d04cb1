#pragma once

#include <opencv2/core/mat.hpp>
#include <vector>

#include "understudy/provenance/watermark/read.h"

namespace understudy::provenance {

/// The part of a whitened picture that lies on the marked grid.
cv::Mat placed(const cv::Mat& whitened, const Placement& placement);

/// Where the anchor may lie in a whitened picture on the grid: by scales of 0.85 to 1.15 along both axes or
/// one of them, any crop that they allow, mirrored or not, and between the black bars that `brightest` (of
/// all pictures, on the grid, 0 to 255) shows. The best first, each to a pixel or so.
std::vector<Placement> likely_placements(const cv::Mat& whitened, const cv::Mat& brightest);

/// Each number of the placement moved as long as the anchor fits better.
Placement made_exact(const cv::Mat& whitened, Placement placement);

/// Whether both mean one place, as far as likely_placements() tells places apart.
bool are_one_place(const Placement& a, const Placement& b);

}  // namespace understudy::provenance
