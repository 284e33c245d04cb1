#include <algorithm>
#include <cmath>
#include <opencv2/core.hpp>

#include "understudy/compose/color/color_match.h"
#include "understudy/compose/color/moments.h"

namespace understudy::compose {

cv::Mat measure_covariance(const ColorSample& sample, const ColorSettings& settings) {
  constexpr double kFlat = 1e-6;  // variance, of colours of 0 to 1
  const ColorMoments from = color_moments(sample.face, sample.mask),
                     to = color_moments(sample.plate, sample.mask);
  const PrincipalAxes a = principal_axes(from.covariance);
  PrincipalAxes b = principal_axes(to.covariance);
  cv::Vec3d gains;
  for (int i = 0; i < 3; ++i) {
    // An axis has no direction: the one that turns less.
    const cv::Vec3d here(a.axes(0, i), a.axes(1, i), a.axes(2, i)),
        there(b.axes(0, i), b.axes(1, i), b.axes(2, i));
    if (here.dot(there) < 0)
      for (int c = 0; c < 3; ++c) b.axes(c, i) *= -1;
    gains[i] = std::clamp(std::sqrt(std::max(b.values[i], kFlat) / std::max(a.values[i], kFlat)),
                          1 / settings.max_spread, settings.max_spread);
  }
  return linear_change(b.axes * cv::Matx33d::diag(gains) * a.axes.t(), from.mean, to.mean);
}

}  // namespace understudy::compose
