#pragma once

#include <opencv2/core/mat.hpp>

#include "understudy/face/geometry.h"

namespace understudy::vision {

/// The part of `picture` (of those that face::resample() takes) that `out_from_picture` (a similarity) maps
/// into `size`, as face::resample() shows it, sharp. When it shrinks, the picture is low-passed first, so
/// that nothing aliases. Beyond the picture's edge its border pixels are repeated. Throws Error kFormat when
/// the map cannot be inverted.
cv::Mat warp(const cv::Mat& picture, const face::Affine& out_from_picture, cv::Size size);

/// Means of 2 x 2 pixels, `times` times over; an odd column or row at the right and lower border is not seen.
cv::Mat halved(cv::Mat picture, int times);

/// How often pictures of `from` can be halved and still be at least as large as `to`.
int halvings(cv::Size from, cv::Size to);

}  // namespace understudy::vision
