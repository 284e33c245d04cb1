#include <opencv2/core.hpp>

#include "understudy/compose/blend/blend_mode.h"
#include "understudy/compose/mask.h"
#include "understudy/compose/membrane.h"

namespace understudy::compose {

Patch blend_poisson(const cv::Mat& face, const cv::Mat& plate, const cv::Mat& matte) {
  // With the ring around the matte, where the plate's values stand that the face has to meet.
  const cv::Rect inside = extent(matte);
  const cv::Rect with_edge = (inside + cv::Size(2, 2) - cv::Point(1, 1)) & cv::Rect({}, matte.size());
  if (inside.empty()) return {face, steep(matte)};
  cv::Mat color = face.clone(), there = color(with_edge);
  there += membrane(plate(with_edge) - face(with_edge), matte(with_edge) > 0);
  return {color, steep(matte)};
}

}  // namespace understudy::compose
