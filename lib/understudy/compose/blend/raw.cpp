#include <opencv2/core.hpp>

#include "understudy/compose/blend/blend_mode.h"

namespace understudy::compose {

Patch blend_raw(const cv::Mat& face, const cv::Mat&, const cv::Mat& matte) {
  cv::Mat cut;
  cv::Mat(matte >= 0.5).convertTo(cut, CV_32F, 1.0 / 255);
  return {face, cut};
}

}  // namespace understudy::compose
