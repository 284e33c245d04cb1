#pragma once

#include <cstdint>
#include <opencv2/core/mat.hpp>

namespace understudy::compose {

/// `picture` (CV_32FC3) with noise: white noise of variance 1 in three channels that know nothing of each
/// other, blurred by a Gaussian of `sigma` pixels (0 to about 3) without losing variance, and mixed by
/// `mixing`. Its distribution is nearly normal (the sum of four uniform ones). The same seed gives the same
/// noise.
cv::Mat with_noise(const cv::Mat& picture, double sigma, const cv::Matx33d& mixing, std::uint64_t seed);

}  // namespace understudy::compose
