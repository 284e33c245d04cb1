#include <algorithm>
#include <cmath>

#include "understudy/compose/color/color_match.h"
#include "understudy/compose/color/lab.h"
#include "understudy/compose/color/moments.h"

namespace understudy::compose {
namespace {

double spread(const ColorMoments& moments, int channel) {
  return std::sqrt(std::max(0.0, moments.covariance(channel, channel)));
}

}  // namespace

cv::Mat measure_reinhard(const ColorSample& sample, const ColorSettings& settings) {
  constexpr double kFlat = 1e-3;  // in Lab units: a channel without any spread has no factor
  const ColorMoments from = color_moments(lab_from_bgr(sample.face), sample.mask);
  const ColorMoments to = color_moments(lab_from_bgr(sample.plate), sample.mask);
  cv::Mat gains_and_shifts(1, 6, CV_32FC1);
  for (int c = 0; c < 3; ++c) {
    const double gain = spread(from, c) < kFlat ? 1.0
                                                : std::clamp(spread(to, c) / spread(from, c),
                                                             1 / settings.max_spread, settings.max_spread);
    gains_and_shifts.at<float>(c) = static_cast<float>(gain);
    gains_and_shifts.at<float>(3 + c) = static_cast<float>(to.mean[c] - from.mean[c] * gain);
  }
  return gains_and_shifts;
}

cv::Mat apply_reinhard(const cv::Mat& face, const cv::Mat& measured) {
  const auto* m = measured.ptr<float>();
  return changed_in_lab(face, {m[0], m[1], m[2]}, {m[3], m[4], m[5]});
}

}  // namespace understudy::compose
