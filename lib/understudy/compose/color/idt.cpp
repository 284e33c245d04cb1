#include <cmath>

#include "understudy/compose/color/color_match.h"
#include "understudy/compose/color/transport.h"

namespace understudy::compose {
namespace {

constexpr int kRotations = 10;

/// The axes of rotation `i` of a set that is spread evenly over all there are (Alexa 2022, "Super-Fibonacci
/// Spirals").
Colors axes(int i) {
  const double phi = std::sqrt(2.0), psi = 1.533751168755204288118041;
  const double s = i + 0.5, r = std::sqrt(s / kRotations), R = std::sqrt(1 - s / kRotations);
  const double alpha = 2 * M_PI * s / phi, beta = 2 * M_PI * s / psi;
  const double x = r * std::sin(alpha), y = r * std::cos(alpha), z = R * std::sin(beta),
               w = R * std::cos(beta);
  const auto row = [](double a, double b, double c) {
    return cv::Vec3f(static_cast<float>(a), static_cast<float>(b), static_cast<float>(c));
  };
  return {row(1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)),
          row(2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)),
          row(2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y))};
}

}  // namespace

cv::Mat measure_idt(const ColorSample& sample, const ColorSettings& /*settings*/) {
  ColorCloud cloud = color_cloud(sample);
  for (int i = 0; i < kRotations; ++i) transport(cloud, axes(i), 1);
  return cube_changes(cloud.nodes);
}

}  // namespace understudy::compose
