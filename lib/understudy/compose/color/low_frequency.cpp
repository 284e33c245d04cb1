#include <opencv2/imgproc.hpp>

#include "understudy/compose/color/color_match.h"

namespace understudy::compose {
namespace {

constexpr int kFieldSide = 32;       // illumination has no detail, so it is measured on a small picture
constexpr double kDark = 8 / 255.0;  // keeps the ratio of two dark places near 1

cv::Mat shrunk(const cv::Mat& picture) {
  cv::Mat out;
  cv::resize(picture, out, {kFieldSide, kFieldSide}, 0, 0, cv::INTER_AREA);
  return out;
}

/// The mean of `picture` around each pixel, counted under `mask` only and times the blurred mask, as a small
/// picture.
cv::Mat weighted_light(const cv::Mat& picture, const cv::Mat& mask_bgr, double radius) {
  cv::Mat out = shrunk(cv::Mat(cv::max(picture.reshape(1), 0)).reshape(3).mul(mask_bgr));
  const double sigma = radius * out.cols;
  cv::GaussianBlur(out, out, {}, sigma, sigma, cv::BORDER_CONSTANT);
  return out;
}

}  // namespace

cv::Mat measure_low_frequency(const ColorSample& sample, const ColorSettings& settings) {
  constexpr double kTiny = 1e-4;  // far from the mask, where nothing is known, the gain becomes 1
  cv::Mat mask;
  cv::cvtColor(sample.mask, mask, cv::COLOR_GRAY2BGR);
  const cv::Mat ones(mask.size(), CV_32FC3, cv::Scalar::all(1));
  const cv::Mat base = kDark * weighted_light(ones, mask, settings.radius) + cv::Scalar::all(kTiny);
  cv::Mat gain = (weighted_light(sample.plate, mask, settings.radius) + base) /
                 (weighted_light(sample.face, mask, settings.radius) + base);
  cv::min(gain, cv::Scalar::all(settings.max_gain), gain);
  cv::max(gain, cv::Scalar::all(1 / settings.max_gain), gain);
  cv::log(gain, gain);  // between a half and a double lies one
  return gain.reshape(1, 1);
}

cv::Mat apply_low_frequency(const cv::Mat& face, const cv::Mat& measured) {
  cv::Mat gain;
  cv::exp(measured.reshape(3, kFieldSide), gain);
  cv::resize(gain, gain, face.size(), 0, 0, cv::INTER_CUBIC);
  return face.mul(gain);
}

}  // namespace understudy::compose
