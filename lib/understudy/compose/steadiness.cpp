#include "understudy/compose/steadiness.h"

#include <algorithm>
#include <cmath>
#include <opencv2/imgproc.hpp>
#include <vector>

#include "understudy/compose/color/lab.h"

namespace understudy::compose {
namespace {

cv::Mat smooth_lab(const cv::Mat& bgr, double sigma) {
  cv::Mat smooth;
  cv::GaussianBlur(bgr, smooth, {}, sigma, sigma, cv::BORDER_REPLICATE);
  return lab_from_bgr(smooth);
}

cv::Mat shrunk(const cv::Mat& picture, double scale) {
  if (scale == 1) return picture;
  cv::Mat out;
  cv::resize(picture, out, {}, scale, scale, cv::INTER_AREA);
  return out;
}

cv::Mat slope(const cv::Mat& picture, bool across) {
  const cv::Matx13f step(-0.5F, 0, 0.5F), same(0, 1, 0);
  cv::Mat out;
  cv::sepFilter2D(picture, out, CV_32F, across ? step : same, across ? same : step, {-1, -1}, 0,
                  cv::BORDER_REPLICATE);
  return out;
}

}  // namespace

std::optional<double> seam_step(const Patch& patch, const cv::Mat& plate, double face_side) {
  // What counts is blurred, so that a large face is measured in a smaller picture.
  constexpr double kMeasuredSide = 128;
  const double scale = std::min(1.0, kMeasuredSide / std::max(1.0, face_side));
  const double length = std::max(0.5, 0.02 * face_side * scale);
  const cv::Mat matte = shrunk(patch.matte, scale);
  cv::Mat steepness, difference;
  cv::magnitude(slope(matte, true), slope(matte, false), steepness);
  const double all = cv::sum(steepness)[0];
  if (!(all > 0)) return std::nullopt;
  std::vector<cv::Mat> channels;
  cv::split(smooth_lab(shrunk(patch.color, scale), length) - smooth_lab(shrunk(plate, scale), length),
            channels);
  cv::sqrt(channels[0].mul(channels[0]) + channels[1].mul(channels[1]) + channels[2].mul(channels[2]),
           difference);
  return difference.mul(cv::min(steepness * length, 1)).dot(steepness) / all;
}

std::optional<cv::Vec2d> displacement(const cv::Mat& from, const cv::Mat& to, const cv::Mat& inside) {
  constexpr double kLeastSlope = 1e-7;  // a tenth of a code from pixel to pixel
  const cv::Mat both = (from + to) / 2, dx = slope(both, true), dy = slope(both, false), change = from - to;
  const auto mean = [&](const cv::Mat& a, const cv::Mat& b) { return cv::mean(a.mul(b), inside)[0]; };
  const cv::Matx22d slopes(mean(dx, dx), mean(dx, dy), mean(dx, dy), mean(dy, dy));
  const double half_trace = cv::trace(slopes) / 2;
  const double least =
      half_trace - std::sqrt(std::max(0.0, half_trace * half_trace - cv::determinant(slopes)));
  if (!(least > kLeastSlope)) return std::nullopt;
  return slopes.inv() * cv::Vec2d(mean(dx, change), mean(dy, change));
}

double jitter_of(const cv::Vec2d& last, const cv::Vec2d& now, const cv::Vec2d& next) {
  // The third difference of white noise of variance 1 has variance 1 + 9 + 9 + 1; there are two axes.
  return cv::norm(last - 2 * now + next) / std::sqrt(2 * 20.0);
}

}  // namespace understudy::compose
