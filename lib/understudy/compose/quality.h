#pragma once

#include <cstdint>
#include <opencv2/core/mat.hpp>
#include <optional>

namespace understudy::compose {

/// Mean squared error over many pictures, and the PSNR of it.
struct SquaredError {
  double sum = 0;
  double count = 0;  ///< samples: three a pixel

  SquaredError& operator+=(const SquaredError& other);
  /// 10 log10(255^2 / mean), at most 100 (equal pictures); absent when nothing was counted.
  std::optional<double> psnr_db() const;
};

/// Sum over the pixels where `mask` is not 0 of the squared differences of two CV_8UC3 pictures.
SquaredError squared_error(const cv::Mat& a, const cv::Mat& b, const cv::Mat& mask);

/// 0.299 R + 0.587 G + 0.114 B of a CV_8UC3 B, G, R picture as CV_32FC1, 0 to 255, not rounded.
cv::Mat luma(const cv::Mat& bgr);

/// The structural similarity of two lumas around each pixel (Wang et al. 2004): an 11 x 11 Gaussian window of
/// sigma 1.5, K1 0.01, K2 0.03, range 255; picture borders are mirrored. CV_32FC1, 1 is equal.
cv::Mat ssim_map(const cv::Mat& luma_a, const cv::Mat& luma_b);

/// What is face-sized in a luma: the difference of Gaussians of 2 % and 6 % of `face_side` pixels, which
/// leaves out both illumination and skin texture. CV_32FC1.
cv::Mat face_features(const cv::Mat& luma, double face_side);

/// Pearson's correlation of two CV_32FC1 where `mask` is not 0: 1 is the same up to gain and offset. Absent
/// with fewer than two pixels or when one of them is flat.
std::optional<double> correlation(const cv::Mat& a, const cv::Mat& b, const cv::Mat& mask);

/// Where two CV_8UC3 pictures differ beyond coding noise: CV_8UC1, 255 where the mean difference in a small
/// window is over 6 codes, cleaned of specks and grown by 2 % of the picture's shorter side.
cv::Mat changed_region(const cv::Mat& a, const cv::Mat& b);

}  // namespace understudy::compose
