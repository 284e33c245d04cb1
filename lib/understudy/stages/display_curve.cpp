#include "understudy/stages/display_curve.h"

#include <opencv2/core.hpp>

namespace understudy::stages {

bool is_linear(const media::PictureFormat& format) {
  constexpr int kLinear = 8;  // ITU-T H.273
  return format.transfer == kLinear;
}

cv::Mat srgb_from_linear(const cv::Mat& linear) {
  const cv::Mat positive = cv::max(linear.reshape(1), 0);
  cv::Mat out;
  cv::pow(positive, 1 / 2.4, out);
  out = out * 1.055 - 0.055;
  cv::Mat(positive * 12.92).copyTo(out, positive < 0.0031308);
  return out.reshape(linear.channels());
}

}  // namespace understudy::stages
