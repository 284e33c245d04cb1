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

/// `face` about the mean of `from`, by `change`, about the mean of `to`.
cv::Mat recolored(const cv::Mat& face, const cv::Matx33d& change, const cv::Vec3d& from, const cv::Vec3d& to);

}  // namespace understudy::compose
