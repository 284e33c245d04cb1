#include "understudy/provenance/watermark/mark.h"

#include <algorithm>
#include <cmath>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

#include "understudy/provenance/watermark/payload.h"

namespace understudy::provenance {
namespace {

/// What each group lacks in `means` until it says its bit of `word` with `margin`. The host's own share is
/// taken out, as far as it contradicts.
std::array<float, kGroups> pushes(const std::array<float, kGroups>& means, const CodeWord& word,
                                  float margin) {
  std::array<float, kGroups> out{};
  for (std::size_t group = 0; group < out.size(); ++group) {
    const float wanted = group == kAnchor || word[group] ? 1.0F : -1.0F;
    const float lacks = margin - wanted * means[group];
    out[group] = wanted * std::clamp(lacks, margin / 4, 2.5F * margin);
  }
  return out;
}

/// What hides a mark at each pixel: the least lively of what is near. Where only an edge is lively, the flat
/// beside it would show a mark that is as strong as at the edge.
cv::Mat hiding(const cv::Mat& liveliness) {
  cv::Mat out;
  cv::erode(liveliness, out, cv::Mat::ones(5, 5, CV_8UC1));
  return out;
}

/// Black and almost black stay as they are: a mark would be seen there.
constexpr float kFullFrom = 24;

void spare_black(const cv::Mat& grid, cv::Mat& change) {
  for (int y = 0; y < change.rows; ++y) {
    const auto* luma = grid.ptr<float>(y);
    auto* out = change.ptr<float>(y);
    for (int x = 0; x < change.cols; ++x) out[x] *= std::clamp(luma[x] / kFullFrom, 0.0F, 1.0F);
  }
}

}  // namespace

Watermark::Watermark(std::uint64_t id, cv::Size size, const WatermarkStrength& strength)
    : strength_(strength), map_(size), word_(bch_encode(watermark_payload(id))) {}

double Watermark::mark(MarkedPlanes& picture) const {
  const cv::Mat grid = map_.shrink(picture);
  cv::Mat liveliness;
  std::vector<float> chips = chips_of(whitened(grid, liveliness));
  const cv::Mat strengths = hiding(liveliness);
  const auto kept = static_cast<float>(cv::mean(strengths / liveliness)[0]);
  const auto push = pushes(group_means(chips), word_, strength_.margin);
  for (std::size_t i = 0; i < chips.size(); ++i)
    chips[i] =
        push[static_cast<std::size_t>(pattern().group[i])] / (kept * kept_of_chips()[i % kChipsOfBlock]);
  cv::Mat change = picture_of(chips).mul(strengths);
  spare_black(grid, change);
  const double size = cv::norm(change) / std::sqrt(static_cast<double>(change.total()));
  if (size > strength_.most) change *= strength_.most / size;
  map_.add(change, picture);
  return std::min<double>(size, strength_.most);
}

}  // namespace understudy::provenance
