#pragma once

#include <opencv2/core/mat.hpp>

#include "understudy/face/geometry.h"
#include "understudy/face/resample.h"

namespace understudy::compose {

using face::Resampling;

/// How many pixels side by side may become one on the way to a picture smaller by `scale`: it is still twice
/// as fine then, so that what is left to do stays sharp. At least 1.
int whole_factor(double scale);

/// Means of `factor` x `factor` pixels of `picture` (float, any number of channels). What is left at the
/// right and lower border is not seen, unless there is no more.
cv::Mat shrunk(const cv::Mat& picture, int factor);

/// From the pixels of a smaller picture, each of which is the mean of `fx` x `fy` others, to those.
face::Affine from_smaller(double fx, double fy);

/// `source` seen through `target_from_source`, as face::resample() shows it. Where the target is smaller, the
/// source is averaged down first, so that nothing aliases. Integer coordinates are pixel centres on both
/// sides.
cv::Mat warp(const cv::Mat& source, const face::Affine& target_from_source, cv::Size size,
             Resampling resampling);

/// The part of `frame` that `matte_extent` (pixels of the crop) covers in the frame, with `margin` pixels
/// more on every side; may be empty.
cv::Rect region_in_frame(const cv::Rect& matte_extent, const face::Affine& frame_from_aligned, cv::Size frame,
                         int margin);

}  // namespace understudy::compose
