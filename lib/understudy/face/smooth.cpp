#include "understudy/face/smooth.h"

#include <algorithm>
#include <cmath>

namespace understudy::face {
namespace {

/// Smooths the unbroken frames [begin, end) of the track.
void smooth_run(const std::vector<TrackPoint>& track, std::size_t begin, std::size_t end, double sigma_frames,
                std::vector<Landmarks>& out) {
  const auto reach = static_cast<std::size_t>(std::ceil(3 * sigma_frames));
  for (std::size_t i = begin; i < end; ++i) {
    // A symmetric window makes the slope of the fitted line drop out: its value in the middle is the weighted
    // mean.
    const std::size_t half = std::min({reach, i - begin, end - 1 - i});
    double total = 0;
    std::array<cv::Point2d, kLandmarkCount> sum{};
    for (std::size_t k = i - half; k <= i + half; ++k) {
      const double distance = static_cast<double>(k) - static_cast<double>(i);
      const double weight = std::exp(-0.5 * distance * distance / (sigma_frames * sigma_frames));
      total += weight;
      for (int p = 0; p < kLandmarkCount; ++p) sum[p] += weight * cv::Point2d(track[k].landmarks[p]);
    }
    for (int p = 0; p < kLandmarkCount; ++p) out[i][p] = cv::Point2f(sum[p] / total);
  }
}

}  // namespace

std::vector<Landmarks> smooth_track(const std::vector<TrackPoint>& track, double sigma_frames) {
  std::vector<Landmarks> out;
  out.reserve(track.size());
  for (const TrackPoint& point : track) out.push_back(point.landmarks);
  if (sigma_frames <= 0) return out;
  for (std::size_t begin = 0; begin < track.size();) {
    std::size_t end = begin + 1;
    while (end < track.size() && track[end].frame == track[end - 1].frame + 1) ++end;
    smooth_run(track, begin, end, sigma_frames, out);
    begin = end;
  }
  return out;
}

}  // namespace understudy::face
