#include <algorithm>
#include <cmath>

#include "understudy/compose/color/color_match.h"
#include "understudy/compose/color/transport.h"

namespace understudy::compose {
namespace {

constexpr int kSteps = 4, kDirections = 8;

/// Unit vectors in the plane of a and b, over half a circle.
Colors directions() {
  Colors out;
  for (int i = 0; i < kDirections; ++i)
    out.emplace_back(0.0f, static_cast<float>(std::cos(M_PI * i / kDirections)),
                     static_cast<float>(std::sin(M_PI * i / kDirections)));
  return out;
}

struct Lightness {
  double mean = 0, spread = 0;
};

Lightness lightness(const Colors& lab) {
  double sum = 0, squares = 0;
  for (const cv::Vec3f& color : lab) {
    const auto l = static_cast<double>(color[0]);
    sum += l;
    squares += l * l;
  }
  const auto count = static_cast<double>(lab.size());
  return {sum / count, std::sqrt(std::max(0.0, squares / count - sum * sum / (count * count)))};
}

}  // namespace

cv::Mat measure_mix(const ColorSample& sample, const ColorSettings& settings) {
  constexpr double kFlat = 1e-3;  // of 100
  ColorCloud cloud = in_lab(color_cloud(sample));
  if (cloud.face.empty()) return cube_changes(cube_nodes());
  const Lightness from = lightness(cloud.face), to = lightness(cloud.plate);
  const double gain = from.spread < kFlat
                          ? 1.0
                          : std::clamp(to.spread / from.spread, 1 / settings.max_spread, settings.max_spread);
  for (int i = 0; i < kSteps; ++i) transport(cloud, directions(), 2.0f / kDirections);
  for (cv::Vec3f& node : cloud.nodes)
    node[0] = static_cast<float>(to.mean + gain * (static_cast<double>(node[0]) - from.mean));
  return cube_changes(from_lab(cloud.nodes));
}

}  // namespace understudy::compose
