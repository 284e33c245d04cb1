#pragma once

#include <opencv2/core/mat.hpp>

namespace understudy::compose {

/// Mean and covariance of the three channels of a CV_32FC3, each pixel weighed by `mask`, CV_32FC1.
struct ColorMoments {
  cv::Vec3d mean;
  cv::Matx33d covariance;
};
ColorMoments color_moments(const cv::Mat& picture, const cv::Mat& mask);

/// A symmetric matrix as V diag(values) V': the columns of V are at right angles, values descend.
struct PrincipalAxes {
  cv::Matx33d axes;
  cv::Vec3d values;
};
PrincipalAxes principal_axes(const cv::Matx33d& symmetric);

/// V diag(values) V'.
cv::Matx33d composed(const cv::Matx33d& axes, const cv::Vec3d& values);

/// The map of colours that moves those about the mean of `from` by `change` to those about the mean of `to`,
/// as a row of 12 numbers (3 x 4, row by row) for apply_linear().
cv::Mat linear_change(const cv::Matx33d& change, const cv::Vec3d& from, const cv::Vec3d& to);
cv::Mat apply_linear(const cv::Mat& face, const cv::Mat& measured);

}  // namespace understudy::compose
