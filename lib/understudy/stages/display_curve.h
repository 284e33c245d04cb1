#pragma once

#include <opencv2/core/mat.hpp>

#include "understudy/media/picture.h"

namespace understudy::stages {

/// Whether samples of the format are linear light, as those of EXR pictures are.
bool is_linear(const media::PictureFormat& format);

/// Linear light as sRGB shows it (IEC 61966-2-1), for people to look at. CV_32F of any channels in and out;
/// what is not above 0 becomes 0, what is above 1 stays above.
cv::Mat srgb_from_linear(const cv::Mat& linear);

}  // namespace understudy::stages
