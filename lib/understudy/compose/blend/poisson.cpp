#include "understudy/compose/blend/blend_mode.h"
#include "understudy/compose/membrane.h"

namespace understudy::compose {

Patch blend_poisson(const cv::Mat& face, const cv::Mat& plate, const cv::Mat& matte) {
  return {seamless(face, plate, matte > 0), steep(matte)};
}

}  // namespace understudy::compose
