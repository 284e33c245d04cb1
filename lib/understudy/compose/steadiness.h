#pragma once

#include <opencv2/core/mat.hpp>
#include <optional>

#include "understudy/compose/blend.h"

namespace understudy::compose {

/// The step of colour that the matte's edge makes: the difference (CIE 1976, in Lab) between the patch and
/// `plate` (CV_32FC3), both without what is finer than 2 % of `face_side` pixels, times what the matte
/// changes by over that length, at most 1; a mean over the edge, each pixel weighed by the matte's slope. A
/// hard edge shows the whole difference, a soft one hides most of it. Absent where the matte has no edge.
std::optional<double> seam_step(const Patch& patch, const cv::Mat& plate, double face_side);

/// By how much, in pixels, what `from` shows lies elsewhere in `to` (both CV_32FC1), for small ways: least
/// squares over the slopes where `inside` (CV_8UC1) is not 0 (Lucas & Kanade 1981). Absent where there is
/// nothing to hold on to.
std::optional<cv::Vec2d> displacement(const cv::Mat& from, const cv::Mat& to, const cv::Mat& inside);

/// The size of white jitter that leaves these three displacements one after the other, in their unit and
/// along one axis. They are differences of places, so that a steady way, and a steady change of it, do not
/// count.
double jitter_of(const cv::Vec2d& last, const cv::Vec2d& now, const cv::Vec2d& next);

}  // namespace understudy::compose
