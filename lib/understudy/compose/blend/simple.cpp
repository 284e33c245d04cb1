#include <opencv2/core.hpp>

#include "understudy/compose/blend/blend_mode.h"

namespace understudy::compose {

Patch blend_feather(const cv::Mat& face, const cv::Mat&, const cv::Mat& matte) {
  return {face, matte};
}

Patch blend_raw(const cv::Mat& face, const cv::Mat&, const cv::Mat& matte) {
  cv::Mat cut;
  cv::Mat(matte >= 0.5).convertTo(cut, CV_32F, 1.0 / 255);
  return {face, cut};
}

cv::Mat steep(const cv::Mat& matte) {
  constexpr double kSteepness = 6;
  return cv::min(matte * kSteepness, 1.0);
}

}  // namespace understudy::compose
