#include "understudy/face/smooth.h"

#include <algorithm>
#include <cmath>

namespace understudy::face {
namespace {

/// Smooths the unbroken frames [begin, end). A symmetric window makes the slope of the fitted line drop out:
/// its value in the middle is the weighted mean.
template <typename Item, typename Mean>
void smooth_run(const std::vector<Item>& series, std::size_t begin, std::size_t end, double sigma_frames,
                const Mean& mean, std::vector<Item>& out) {
  const auto reach = static_cast<std::size_t>(std::ceil(3 * sigma_frames));
  std::vector<double> weights;
  for (std::size_t i = begin; i < end; ++i) {
    const std::size_t half = std::min({reach, i - begin, end - 1 - i});
    weights.clear();
    double total = 0;
    for (std::size_t k = 0; k <= 2 * half; ++k) {
      const double distance = static_cast<double>(k) - static_cast<double>(half);
      weights.push_back(std::exp(-0.5 * distance * distance / (sigma_frames * sigma_frames)));
      total += weights.back();
    }
    for (double& weight : weights) weight /= total;
    out[i] = mean(std::span(series).subspan(i - half, 2 * half + 1), weights);
  }
}

template <typename Item, typename Mean>
std::vector<Item> smoothed(std::span<const std::int64_t> frames, const std::vector<Item>& series,
                           double sigma_frames, const Mean& mean) {
  std::vector<Item> out = series;
  if (sigma_frames <= 0) return out;
  for (std::size_t begin = 0; begin < frames.size();) {
    std::size_t end = begin + 1;
    while (end < frames.size() && frames[end] == frames[end - 1] + 1) ++end;
    smooth_run(series, begin, end, sigma_frames, mean, out);
    begin = end;
  }
  return out;
}

Landmarks mean_landmarks(std::span<const Landmarks> some, const std::vector<double>& weights) {
  std::array<cv::Point2d, kLandmarkCount> sum{};
  for (std::size_t k = 0; k < some.size(); ++k)
    for (std::size_t p = 0; p < sum.size(); ++p) sum[p] += weights[k] * cv::Point2d(some[k][p]);
  Landmarks out;
  std::ranges::transform(sum, out.begin(), [](cv::Point2d p) { return cv::Point2f(p); });
  return out;
}

Affine mean_map(std::span<const Affine> some, const std::vector<double>& weights) {
  Affine sum = Affine::zeros();
  for (std::size_t k = 0; k < some.size(); ++k) sum += some[k] * weights[k];
  return sum;
}

}  // namespace

std::vector<Landmarks> smooth_track(const std::vector<TrackPoint>& track, double sigma_frames) {
  std::vector<std::int64_t> frames;
  std::vector<Landmarks> landmarks;
  for (const TrackPoint& point : track) {
    frames.push_back(point.frame);
    landmarks.push_back(point.landmarks);
  }
  return smoothed(frames, landmarks, sigma_frames, mean_landmarks);
}

std::vector<Affine> smooth_track(std::span<const std::int64_t> frames, const std::vector<Affine>& maps,
                                 double sigma_frames) {
  return smoothed(frames, maps, sigma_frames, mean_map);
}

}  // namespace understudy::face
