#pragma once

#include <opencv2/core/mat.hpp>

#include "understudy/face/geometry.h"
#include "understudy/media/picture.h"

namespace understudy::stages {

/// A face with enough around it for every crop family and a tilted head.
struct ContextCrop {
  cv::Mat picture;  ///< square, CV_8UC3 or, for deeper plates, CV_16UC3; B, G, R in the plate's own transfer
                    ///< function
  face::Affine crop_from_frame;
};

/// Cuts the crop around `box` out of `picture`, of which `bgr8` is the 8-bit view. A crop of at most
/// `max_size` pixels a side holds the plate's own pixels, unscaled; a larger one is reduced to `max_size`.
/// Beyond the plate's edge its border pixels are repeated; floating-point values are cut to 0..1.
ContextCrop cut_context(const media::Picture& picture, const cv::Mat& bgr8, const face::Box& box,
                        int max_size);

}  // namespace understudy::stages
