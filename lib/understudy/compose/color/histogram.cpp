#include "understudy/compose/color/color_match.h"
#include "understudy/compose/color/transport.h"

namespace understudy::compose {

cv::Mat measure_histogram(const ColorSample& sample, const ColorSettings& /*settings*/) {
  ColorCloud cloud = in_lab(color_cloud(sample));
  transport(cloud, {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}, 1);
  return cube_changes(from_lab(cloud.nodes));
}

}  // namespace understudy::compose
