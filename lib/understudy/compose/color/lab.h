#pragma once

#include <opencv2/core/mat.hpp>

namespace understudy::compose {

/// CIE L*a*b* under D65 (L 0 to 100) of display colours: B, G, R with sRGB's curve and BT.709's primaries,
/// CV_32FC3, cut to 0..1. Within 0.01 of the definition.
cv::Mat lab_from_bgr(const cv::Mat& bgr);

/// The way back, cut to 0..1.
cv::Mat bgr_from_lab(const cv::Mat& lab);

/// `bgr` with L, a and b multiplied by `gain` and then moved by `shift`, back as display colours in 0..1.
cv::Mat changed_in_lab(const cv::Mat& bgr, const cv::Vec3f& gain, const cv::Vec3f& shift);

}  // namespace understudy::compose
