#pragma once

#include <opencv2/core/mat.hpp>

#include "understudy/face/geometry.h"
#include "understudy/media/display_space.h"
#include "understudy/media/picture.h"

namespace understudy::stages {

/// A face with enough around it for every crop family and a tilted head.
struct ContextCrop {
  cv::Mat picture;  ///< square, CV_8UC3 or, for deeper plates, CV_16UC3; B, G, R in display space
  face::Affine crop_from_frame;
};

/// Whether crops of such a plate hold more than its 8-bit look.
bool has_deep_crops(const media::PictureFormat& plate);

/// A frame, and what it looks like.
struct SeenPicture {
  const media::Picture& picture;  ///< needed for deep crops only
  const cv::Mat& bgr8;            ///< space.bgr8(picture)
  const media::DisplaySpace& space;
};

/// Cuts the crop around `box` out of a frame. A crop of at most
/// `max_size` pixels a side holds the plate's own pixels, unscaled; a larger one is reduced to `max_size`.
/// Beyond the plate's edge its border pixels are repeated; what lies outside 0..1 is cut.
ContextCrop cut_context(const SeenPicture& seen, const face::Box& box, int max_size);

}  // namespace understudy::stages
