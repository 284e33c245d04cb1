#include <algorithm>
#include <cmath>
#include <opencv2/core.hpp>

#include "understudy/compose/color/color_match.h"
#include "understudy/compose/color/moments.h"

namespace understudy::compose {

cv::Mat measure_mkl(const ColorSample& sample, const ColorSettings& settings) {
  constexpr double kFlat = 1e-6;  // variance, of colours of 0 to 1
  const ColorMoments from = color_moments(sample.face, sample.mask),
                     to = color_moments(sample.plate, sample.mask);
  const auto roots = [kFlat](const PrincipalAxes& p, double power) {
    cv::Vec3d values;
    for (int i = 0; i < 3; ++i) values[i] = std::pow(std::max(p.values[i], kFlat), power);
    return composed(p.axes, values);
  };
  const PrincipalAxes own = principal_axes(from.covariance);
  const cv::Matx33d root = roots(own, 0.5), inverse_root = roots(own, -0.5);
  const cv::Matx33d between =
      roots(principal_axes(root * roots(principal_axes(to.covariance), 1) * root), 0.5);
  PrincipalAxes change = principal_axes(inverse_root * between * inverse_root);
  for (int i = 0; i < 3; ++i)
    change.values[i] = std::clamp(change.values[i], 1 / settings.max_spread, settings.max_spread);
  return linear_change(composed(change.axes, change.values), from.mean, to.mean);
}

}  // namespace understudy::compose
