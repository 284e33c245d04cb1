#include "understudy/face/smooth.h"

#include <algorithm>
#include <cmath>

namespace understudy::face {
namespace {

/// Smooths the unbroken frames [begin, end). A symmetric window makes the slope of a fitted line drop out:
/// its value in the middle is the weighted mean.
void smooth_run(const std::vector<Affine>& maps, std::size_t begin, std::size_t end, double sigma_frames,
                std::vector<Affine>& out) {
  const auto reach = static_cast<std::size_t>(std::ceil(3 * sigma_frames));
  for (std::size_t i = begin; i < end; ++i) {
    const std::size_t half = std::min({reach, i - begin, end - 1 - i});
    Affine sum = Affine::zeros();
    double total = 0;
    for (std::size_t k = i - half; k <= i + half; ++k) {
      const double distance = (static_cast<double>(k) - static_cast<double>(i)) / sigma_frames;
      const double weight = std::exp(-0.5 * distance * distance);
      sum += maps[k] * weight;
      total += weight;
    }
    out[i] = sum * (1 / total);
  }
}

}  // namespace

std::vector<Affine> smooth_track(std::span<const std::int64_t> frames, const std::vector<Affine>& maps,
                                 double sigma_frames) {
  std::vector<Affine> out = maps;
  if (sigma_frames <= 0) return out;
  for (std::size_t begin = 0; begin < frames.size();) {
    std::size_t end = begin + 1;
    while (end < frames.size() && frames[end] == frames[end - 1] + 1) ++end;
    smooth_run(maps, begin, end, sigma_frames, out);
    begin = end;
  }
  return out;
}

}  // namespace understudy::face
