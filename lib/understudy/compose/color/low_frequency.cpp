#include <opencv2/imgproc.hpp>

#include "understudy/compose/color/color_match.h"

namespace understudy::compose {
namespace {

constexpr int kFieldSide = 64;  // the field has no detail, so it is measured on a small picture

cv::Mat shrunk(const cv::Mat& picture) {
  if (picture.cols <= kFieldSide && picture.rows <= kFieldSide) return picture;
  cv::Mat out;
  cv::resize(picture, out, {kFieldSide, kFieldSide}, 0, 0, cv::INTER_AREA);
  return out;
}

/// The masked mean around each pixel, blur(picture * mask) / blur(mask), as a small picture. Far from the
/// mask it goes to 0.
cv::Mat masked_field(const cv::Mat& picture, const cv::Mat& mask, double radius) {
  constexpr double kTiny = 1e-4;
  cv::Mat weight, weighted;
  cv::cvtColor(mask, weight, cv::COLOR_GRAY2BGR);
  weighted = shrunk(picture.mul(weight));
  weight = shrunk(weight);
  const double sigma = radius * weight.cols;
  cv::GaussianBlur(weighted, weighted, {}, sigma, sigma, cv::BORDER_CONSTANT);
  cv::GaussianBlur(weight, weight, {}, sigma, sigma, cv::BORDER_CONSTANT);
  weight += cv::Scalar::all(kTiny);
  return weighted / weight;
}

}  // namespace

cv::Mat match_low_frequency(const cv::Mat& face, const cv::Mat& plate, const cv::Mat& mask,
                            const ColorSettings& settings) {
  cv::Mat field = masked_field(plate - face, mask, settings.radius);
  field = cv::max(cv::min(field, settings.max_change), -settings.max_change);
  if (field.size() != face.size()) cv::resize(field, field, face.size(), 0, 0, cv::INTER_CUBIC);
  return face + field;
}

}  // namespace understudy::compose
