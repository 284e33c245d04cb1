#pragma once

#include <array>
#include <cstddef>
#include <opencv2/core/mat.hpp>
#include <vector>

namespace understudy::compose {

constexpr int kBlockSide = 12;

/// 0.299 R + 0.587 G + 0.114 B of a CV_32FC3 as CV_32FC1.
cv::Mat float_luma(const cv::Mat& bgr);

/// The blocks of kBlockSide pixels, wholly inside `mask` (CV_32FC1, above one half), with the least to see in
/// them, a quarter of all: what is left there is noise. Chosen by what a wide blur leaves of `luma`, so that
/// the noise itself has little say. Fewer than four: none. Of more than 192 as many, evenly chosen: they say
/// as much.
std::vector<cv::Rect> smooth_blocks(const cv::Mat& luma, const cv::Mat& mask);

/// A block's pixels, row after row.
using Block = std::array<float, static_cast<std::size_t>(kBlockSide) * kBlockSide>;
using ColorBlock = std::array<Block, 3>;

/// The block of `picture` (CV_32FC3) whose first pixel is `at`, channel by channel.
ColorBlock block_at(const cv::Mat& picture, cv::Point at);

/// The sum of a[i] * b[i].
float product(const float* a, const float* b, std::size_t count);

/// Takes away the quadratic surface that fits a block best.
void remove_trend(Block& block);

/// remove_trend() takes this share of white noise away.
constexpr double kTrendShare = 6.0 / (kBlockSide * kBlockSide);

}  // namespace understudy::compose
