#pragma once

#include <opencv2/core/mat.hpp>

#include "understudy/face/geometry.h"

namespace understudy::vision {

/// The part of `picture` (any depth and number of channels) that `out_from_picture` (a similarity) maps into
/// `size`, resampled by cubic interpolation. When it shrinks, the picture is low-passed first, so that
/// nothing aliases. Beyond the picture's edge its border pixels are repeated. Throws Error kFormat when the
/// map cannot be inverted.
cv::Mat warp(const cv::Mat& picture, const face::Affine& out_from_picture, cv::Size size);

}  // namespace understudy::vision
