#include "understudy/provenance/watermark/placement.h"

#include <algorithm>
#include <cmath>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "understudy/provenance/watermark/pattern.h"

namespace understudy::provenance {
namespace {

constexpr double kScaleRange = 0.15, kScaleStep = 0.01;
constexpr double kBlack = 24;  // no picture of a bar is brighter, of 255
constexpr double kPlay = 2.5;  // pixels that a shift may go beyond what its scale explains

cv::Mat anchor_picture() {
  std::vector<float> chips(kChips, 0.0F);
  for (std::size_t i = 0; i < chips.size(); ++i)
    if (pattern().group[i] == kAnchor) chips[i] = 1;
  return picture_of(chips);
}

const cv::Mat& anchor() {
  static const cv::Mat made = anchor_picture();
  return made;
}

const cv::Mat& anchor_spectrum() {
  static const cv::Mat made = [] {
    cv::Mat out;
    cv::dft(anchor(), out);
    return out;
  }();
  return made;
}

struct Candidate {
  Placement placement;
  double score = 0;  ///< deviations above the rest of its map
};

/// The shift that brings `whitened` under the anchor, for one scale. `allowed` (grid pixels) is how far it
/// may be from the placement's own.
Candidate best_shift(const cv::Mat& whitened, Placement placement, cv::Size2d allowed) {
  cv::Mat spectrum, map;
  cv::dft(placed(whitened, placement), spectrum);
  cv::mulSpectrums(spectrum, anchor_spectrum(), map, 0, true);
  cv::idft(map, map, cv::DFT_SCALE | cv::DFT_REAL_OUTPUT);
  cv::Scalar mean, deviation;
  cv::meanStdDev(map, mean, deviation);
  Candidate best{placement, 0};
  const int most_x = static_cast<int>(allowed.width), most_y = static_cast<int>(allowed.height);
  for (int dy = -most_y; dy <= most_y; ++dy) {
    const auto* row = map.ptr<float>((dy + kGridHeight) % kGridHeight);
    for (int dx = -most_x; dx <= most_x; ++dx) {
      const double score = row[(dx + kGridWidth) % kGridWidth] / std::max(deviation[0], 1e-9);
      if (score <= best.score) continue;
      best.score = score;
      best.placement.shift_x = placement.shift_x - dx;
      best.placement.shift_y = placement.shift_y - dy;
    }
  }
  return best;
}

double fit(const cv::Mat& whitened, const Placement& placement) {
  const cv::Mat there = placed(whitened, placement);
  return there.dot(anchor()) / (cv::norm(there) + 1e-9);
}

/// The first and the last but one of the lines that are not black.
cv::Range lit(const cv::Mat& brightest, bool rows) {
  cv::Mat line;
  cv::reduce(brightest, line, rows ? 1 : 0, cv::REDUCE_MAX);
  const int count = static_cast<int>(line.total());
  int first = 0, end = count;
  while (first < end && line.at<float>(first) < kBlack) ++first;
  while (end > first && line.at<float>(end - 1) < kBlack) --end;
  return {first, end};
}

/// The placements of a picture that was put between black bars, where there are any.
std::vector<Placement> between_bars(const cv::Mat& brightest) {
  const cv::Range x = lit(brightest, false), y = lit(brightest, true);
  if (x.size() < kGridWidth / 3 || y.size() < kGridHeight / 3) return {};
  if (x.size() == kGridWidth && y.size() == kGridHeight) return {};
  std::vector<Placement> out;
  for (const double grow : {-1.0, 0.0, 1.0}) {
    Placement placement;
    placement.scale_x = kGridWidth / (x.size() + (x.size() < kGridWidth ? grow : 0));
    placement.scale_y = kGridHeight / (y.size() + (y.size() < kGridHeight ? grow : 0));
    placement.shift_x = -placement.scale_x * ((x.start + x.end) / 2.0 - kGridWidth / 2.0);
    placement.shift_y = -placement.scale_y * ((y.start + y.end) / 2.0 - kGridHeight / 2.0);
    out.push_back(placement);
  }
  return out;
}

std::vector<Placement> scales() {
  std::vector<Placement> out;
  const int steps = static_cast<int>(std::lrint(kScaleRange / kScaleStep));
  for (int i = -steps; i <= steps; ++i) {
    const double scale = 1 + i * kScaleStep;
    out.push_back({false, scale, scale, 0, 0});
    if (i == 0) continue;
    out.push_back({false, scale, 1, 0, 0});
    out.push_back({false, 1, scale, 0, 0});
  }
  return out;
}

}  // namespace

cv::Mat placed(const cv::Mat& whitened, const Placement& placement) {
  const double middle_x = (kGridWidth - 1) / 2.0, middle_y = (kGridHeight - 1) / 2.0;
  const double sign = placement.mirrored ? -1 : 1;
  // read = (marked - shift) / scale, from the middle.
  const cv::Matx23d read_from_marked(
      sign / placement.scale_x, 0, middle_x - sign * (middle_x + placement.shift_x) / placement.scale_x,  //
      0, 1 / placement.scale_y, middle_y - (middle_y + placement.shift_y) / placement.scale_y);
  cv::Mat out;
  cv::warpAffine(whitened, out, read_from_marked, {kGridWidth, kGridHeight},
                 cv::INTER_CUBIC | cv::WARP_INVERSE_MAP, cv::BORDER_CONSTANT);
  return out;
}

std::vector<Placement> likely_placements(const cv::Mat& whitened, const cv::Mat& brightest) {
  std::vector<Candidate> candidates;
  for (const bool mirrored : {false, true}) {
    for (Placement placement : scales()) {
      placement.mirrored = mirrored;
      const cv::Size2d allowed(std::abs(placement.scale_x - 1) * kGridWidth / 2 + kPlay,
                               std::abs(placement.scale_y - 1) * kGridHeight / 2 + kPlay);
      candidates.push_back(best_shift(whitened, placement, allowed));
    }
    for (Placement placement : between_bars(brightest)) {
      placement.mirrored = mirrored;
      if (mirrored) placement.shift_x = -placement.shift_x;
      candidates.push_back(best_shift(whitened, placement, {kPlay, kPlay}));
    }
  }
  std::ranges::stable_sort(candidates,
                           [](const Candidate& a, const Candidate& b) { return a.score > b.score; });
  std::vector<Placement> out;
  for (const Candidate& candidate : candidates) out.push_back(candidate.placement);
  return out;
}

Placement made_exact(const cv::Mat& whitened, Placement placement) {
  double best = fit(whitened, placement);
  for (double step = 1; step > 0.1; step /= 2) {
    const std::pair<double Placement::*, double> moves[] = {{&Placement::shift_x, step},
                                                            {&Placement::shift_y, step},
                                                            {&Placement::scale_x, step / 160},
                                                            {&Placement::scale_y, step / 88}};
    for (bool moved = true; moved;) {
      moved = false;
      for (const auto& [number, by] : moves)
        for (const double signed_by : {by, -by}) {
          Placement tried = placement;
          tried.*number += signed_by;
          const double score = fit(whitened, tried);
          if (score <= best) continue;
          best = score;
          placement = tried;
          moved = true;
        }
    }
  }
  return placement;
}

bool are_one_place(const Placement& a, const Placement& b) {
  constexpr double kScales = 0.03, kShifts = 6;
  return a.mirrored == b.mirrored && std::abs(a.scale_x - b.scale_x) < kScales &&
         std::abs(a.scale_y - b.scale_y) < kScales && std::abs(a.shift_x - b.shift_x) < kShifts &&
         std::abs(a.shift_y - b.shift_y) < kShifts;
}

}  // namespace understudy::provenance
