#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>

#include "understudy/compose/color/color_match.h"

namespace understudy::compose {
namespace {

struct Statistics {
  cv::Vec3d mean, spread;
};

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

cv::Mat match_reinhard(const cv::Mat& face, const cv::Mat& plate, const cv::Mat& mask,
                       const ColorSettings& settings) {
  constexpr double kFlat = 1e-3;  // in Lab units: a channel without any spread has no factor
  cv::Mat face_lab, plate_lab;
  cv::cvtColor(face, face_lab, cv::COLOR_BGR2Lab);
  cv::cvtColor(plate, plate_lab, cv::COLOR_BGR2Lab);
  const Statistics from = masked_statistics(face_lab, mask), to = masked_statistics(plate_lab, mask);
  cv::Scalar gain, shift;
  for (int c = 0; c < 3; ++c) {
    gain[c] = from.spread[c] < kFlat
                  ? 1.0
                  : std::clamp(to.spread[c] / from.spread[c], 1 / settings.max_spread, settings.max_spread);
    shift[c] = to.mean[c] - from.mean[c] * gain[c];
  }
  cv::multiply(face_lab, gain, face_lab);
  cv::add(face_lab, shift, face_lab);
  cv::Mat out;
  cv::cvtColor(face_lab, out, cv::COLOR_Lab2BGR);
  return out;
}

}  // namespace understudy::compose
