#pragma once

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

/// One block of a CV_32FC3 or CV_32FC1 without the quadratic surface that fits it best.
cv::Mat without_trend(const cv::Mat& block);

/// Without_trend() takes this share of white noise away.
constexpr double kTrendShare = 6.0 / (kBlockSide * kBlockSide);

}  // namespace understudy::compose
