#include "understudy/compose/color/moments.h"

#include <opencv2/core.hpp>

namespace understudy::compose {

ColorMoments color_moments(const cv::Mat& picture, const cv::Mat& mask) {
  cv::Vec3d sum;
  cv::Matx33d squares = cv::Matx33d::zeros();
  double weight = 0;
  for (int y = 0; y < picture.rows; ++y) {
    const auto* pixels = picture.ptr<cv::Vec3f>(y);
    const auto* weights = mask.ptr<float>(y);
    for (int x = 0; x < picture.cols; ++x) {
      if (weights[x] == 0) continue;
      const cv::Vec3d value = pixels[x];
      sum += weights[x] * value;
      squares += weights[x] * value * value.t();
      weight += weights[x];
    }
  }
  const cv::Vec3d mean = sum / weight;
  return {mean, squares * (1 / weight) - mean * mean.t()};
}

PrincipalAxes principal_axes(const cv::Matx33d& symmetric) {
  cv::Mat values, vectors;
  cv::eigen(symmetric, values, vectors);
  PrincipalAxes out;
  for (int i = 0; i < 3; ++i) {
    out.values[i] = values.at<double>(i);
    for (int c = 0; c < 3; ++c) out.axes(c, i) = vectors.at<double>(i, c);
  }
  return out;
}

cv::Matx33d composed(const cv::Matx33d& axes, const cv::Vec3d& values) {
  return axes * cv::Matx33d::diag(values) * axes.t();
}

cv::Mat linear_change(const cv::Matx33d& change, const cv::Vec3d& from, const cv::Vec3d& to) {
  const cv::Vec3d shift = to - change * from;
  cv::Matx34f map;
  for (int row = 0; row < 3; ++row) {
    for (int c = 0; c < 3; ++c) map(row, c) = static_cast<float>(change(row, c));
    map(row, 3) = static_cast<float>(shift[row]);
  }
  return cv::Mat(map).reshape(0, 1).clone();
}

cv::Mat apply_linear(const cv::Mat& face, const cv::Mat& measured) {
  cv::Mat out;
  cv::transform(face, out, measured.reshape(0, 3));
  return out;
}

}  // namespace understudy::compose
