#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "understudy/compose/color/color_match.h"

namespace understudy::compose {
namespace {

struct Statistics {
  cv::Vec3d mean, spread;
};

cv::Mat lab(const cv::Mat& bgr) {
  cv::Mat out;
  cv::cvtColor(bgr, out, cv::COLOR_BGR2Lab);
  return out;
}

Statistics masked_statistics(const cv::Mat& picture, const cv::Mat& mask) {
  cv::Vec3d sum, sum_of_squares;
  double weight = 0;
  for (int y = 0; y < picture.rows; ++y) {
    const auto* pixels = picture.ptr<cv::Vec3f>(y);
    const auto* weights = mask.ptr<float>(y);
    for (int x = 0; x < picture.cols; ++x) {
      const cv::Vec3d value = pixels[x];
      sum += weights[x] * value;
      sum_of_squares += weights[x] * value.mul(value);
      weight += weights[x];
    }
  }
  Statistics out;
  out.mean = sum / weight;
  for (int c = 0; c < 3; ++c)
    out.spread[c] = std::sqrt(std::max(0.0, sum_of_squares[c] / weight - out.mean[c] * out.mean[c]));
  return out;
}

}  // namespace

cv::Mat match_reinhard(const cv::Mat& face, const ColorSample& sample, const ColorSettings& settings) {
  constexpr double kFlat = 1e-3;  // in Lab units: a channel without any spread has no factor
  const Statistics from = masked_statistics(lab(sample.face), sample.mask);
  const Statistics to = masked_statistics(lab(sample.plate), sample.mask);
  cv::Scalar gain, shift;
  for (int c = 0; c < 3; ++c) {
    gain[c] = from.spread[c] < kFlat
                  ? 1.0
                  : std::clamp(to.spread[c] / from.spread[c], 1 / settings.max_spread, settings.max_spread);
    shift[c] = to.mean[c] - from.mean[c] * gain[c];
  }
  cv::Mat out = lab(face);
  cv::multiply(out, gain, out);
  cv::add(out, shift, out);
  cv::cvtColor(out, out, cv::COLOR_Lab2BGR);
  return out;
}

}  // namespace understudy::compose
