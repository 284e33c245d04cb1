#pragma once

#include <array>
#include <cstdint>
#include <opencv2/core/mat.hpp>
#include <vector>

#include "understudy/provenance/watermark/bch.h"
#include "understudy/provenance/watermark/grid.h"

namespace understudy::provenance {

/// A chip is one coefficient of an 8x8 DCT block of the grid, with a sign. Each belongs to a bit of the code
/// word, or to the anchor: a pattern that is the same in every mark and tells where the grid lies.
inline constexpr int kBlock = 8;
inline constexpr int kChipsOfBlock = 12;
inline constexpr int kChips = kGridWidth / kBlock * (kGridHeight / kBlock) * kChipsOfBlock;
inline constexpr int kAnchor = kCodeBits;
inline constexpr int kGroups = kCodeBits + 1;

/// For each chip the group it belongs to (a bit, or kAnchor), and its sign. Public: whoever has this code can
/// read a mark.
struct Pattern {
  std::vector<int> group;
  std::vector<float> sign;
  std::array<float, kGroups> count{};  ///< chips of each group
};
const Pattern& pattern();

/// The chips of a picture on the grid (CV_32FC1): coefficients of the orthonormal DCT times sign, block by
/// block.
std::vector<float> chips_of(const cv::Mat& grid);
/// The picture on the grid that has these chips, and no other coefficients.
cv::Mat picture_of(const std::vector<float>& chips);

/// The mean of the chips of each group.
std::array<float, kGroups> group_means(const std::vector<float>& chips);

/// How much is left of each chip of a block when its picture was enlarged to full size and averaged back
/// onto the grid.
const std::array<float, kChipsOfBlock>& kept_of_chips();

/// A picture on the grid without what is slower than the chips, divided by how lively it is around each
/// pixel; `liveliness` (CV_32FC1) is what it was divided by. What was divided hides the mark, and disturbs it
/// least.
cv::Mat whitened(const cv::Mat& grid, cv::Mat& liveliness);

}  // namespace understudy::provenance
