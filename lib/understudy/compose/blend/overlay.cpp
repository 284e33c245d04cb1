#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "understudy/compose/blend/blend_mode.h"

namespace understudy::compose {
namespace {

constexpr double kRadius = 0.08;  ///< of the side of a square as large as the matte

/// The mean around each pixel of what lies inside the matte; what it means where the matte is far has no say.
cv::Mat light_of(const cv::Mat& picture, const cv::Mat& matte, double sigma) {
  cv::Mat weights, weighted, sum, weight;
  cv::merge(std::vector<cv::Mat>(3, matte), weights);
  weighted = picture.mul(weights);
  cv::GaussianBlur(weighted, sum, {}, sigma, sigma, cv::BORDER_REPLICATE);
  cv::GaussianBlur(weights, weight, {}, sigma, sigma, cv::BORDER_REPLICATE);
  return sum / cv::max(weight, 1e-4);
}

}  // namespace

Patch blend_overlay(const cv::Mat& face, const cv::Mat& plate, const cv::Mat& matte) {
  const double side = std::sqrt(cv::sum(matte)[0]), sigma = std::max(0.5, kRadius * side);
  return {face - light_of(face - plate, matte, sigma), matte};
}

}  // namespace understudy::compose
