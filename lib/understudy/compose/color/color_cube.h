#pragma once

#include <opencv2/core/mat.hpp>
#include <vector>

namespace understudy::compose {

using Colors = std::vector<cv::Vec3f>;

/// Regular colours that fill B, G, R of 0 to 1: what a match does to them says what it does to all.
Colors cube_nodes();

/// By how much each node was moved, as a row of numbers for apply_cube().
cv::Mat cube_changes(const Colors& moved_nodes);

/// Every pixel moved as the four nodes around it are (tetrahedral interpolation). Colours beyond the cube
/// move as the nearest one inside.
cv::Mat apply_cube(const cv::Mat& face, const cv::Mat& measured);

}  // namespace understudy::compose
