#pragma once

#include <array>
#include <span>

#include "understudy/vision/face_network.h"
#include "understudy/vision/landmarker.h"

namespace understudy::vision {

/// The mean of several fits of one face, with the confidence that LandmarkResult describes from their spread.
LandmarkResult mean_and_agreement(std::span<const face::Landmarks> fits);

/// The mean of what our network saw in `view` and in its mirror. Its confidence is the error that the network
/// expects, on the same scale.
LandmarkResult mean_of(const std::array<FaceLook, 2>& looks, const face::Affine& view);

/// The landmark that a mirror makes of that one.
int other_side(int landmark);

/// `points` of a mirrored picture of `width` pixels as points of the picture itself: left and right change
/// names too.
face::Landmarks mirror_image(const face::Landmarks& points, int width);

/// Throws Error kFormat when there is no picture or the box has no area.
void check(const cv::Mat& bgr8, const face::Box& box);

}  // namespace understudy::vision
