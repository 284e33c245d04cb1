#include <cmath>

#include "understudy/compose/color/color_match.h"
#include "understudy/compose/color/transport.h"

namespace understudy::compose {
namespace {

constexpr int kSteps = 4, kDirections = 16;

/// Unit vectors, spread evenly over half a sphere by the golden angle: the other half is the same turned
/// round.
Colors directions() {
  Colors out;
  for (int i = 0; i < kDirections; ++i) {
    const double up = (i + 0.5) / kDirections, turn = i * M_PI * (3 - std::sqrt(5.0)),
                 side = std::sqrt(1 - up * up);
    out.emplace_back(static_cast<float>(side * std::cos(turn)), static_cast<float>(side * std::sin(turn)),
                     static_cast<float>(up));
  }
  return out;
}

}  // namespace

cv::Mat measure_sliced_ot(const ColorSample& sample, const ColorSettings& /*settings*/) {
  // A shift of all colours shows by a third of it along each direction on the average.
  constexpr float kWeight = 3.0f / kDirections;
  ColorCloud cloud = color_cloud(sample);
  for (int i = 0; i < kSteps; ++i) transport(cloud, directions(), kWeight);
  return cube_changes(cloud.nodes);
}

}  // namespace understudy::compose
