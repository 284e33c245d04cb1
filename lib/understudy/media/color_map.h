#pragma once

#include <opencv2/core/mat.hpp>

namespace understudy::media {

/// The way between a picture's own coded colours and display space, CV_32FC3, B, G, R, changed in place.
/// May be used by several threads at once.
class ColorMap {
 public:
  virtual ~ColorMap() = default;
  virtual void to_display(cv::Mat& bgr) const = 0;
  virtual void to_coded(cv::Mat& bgr) const = 0;
};

}  // namespace understudy::media
