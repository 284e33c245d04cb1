#include <opencv2/core.hpp>

#include "understudy/compose/blend/blend_mode.h"

namespace understudy::compose {

cv::Mat steep(const cv::Mat& matte) {
  constexpr double kSteepness = 6;
  return cv::min(matte * kSteepness, 1.0);
}

}  // namespace understudy::compose
