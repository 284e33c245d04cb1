#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "understudy/compose/blend/blend_mode.h"

namespace understudy::compose {
namespace {

constexpr double kRadius = 0.08;  ///< of the side of a square as large as the matte

/// The mean around each pixel of what lies inside the matte; what it means where the matte is far has no say.
/// Light has no detail, so it is measured on a picture that is so small that sigma is kSmallSigma.
cv::Mat light_of(const cv::Mat& picture, const cv::Mat& matte, double sigma) {
  constexpr double kSmallSigma = 4;
  const double scale = std::min(1.0, kSmallSigma / sigma);
  const cv::Size small(std::max(1, cvRound(picture.cols * scale)),
                       std::max(1, cvRound(picture.rows * scale)));
  cv::Mat weights, sum, weight, light;
  cv::merge(std::vector<cv::Mat>(3, matte), weights);
  cv::resize(picture.mul(weights), sum, small, 0, 0, cv::INTER_AREA);
  cv::resize(weights, weight, small, 0, 0, cv::INTER_AREA);
  for (cv::Mat* part : {&sum, &weight})
    cv::GaussianBlur(*part, *part, {}, sigma * scale, sigma * scale, cv::BORDER_REPLICATE);
  cv::max(weight, cv::Scalar::all(1e-4), weight);
  cv::resize(sum / weight, light, picture.size(), 0, 0, cv::INTER_LINEAR);
  return light;
}

}  // namespace

Patch blend_overlay(const cv::Mat& face, const cv::Mat& plate, const cv::Mat& matte) {
  const double side = std::sqrt(cv::sum(matte)[0]), sigma = std::max(0.5, kRadius * side);
  return {face - light_of(face - plate, matte, sigma), matte};
}

}  // namespace understudy::compose
