#include "understudy/provenance/watermark/read.h"

#include <algorithm>
#include <cmath>
#include <opencv2/core.hpp>
#include <span>

#include "understudy/provenance/watermark/bch.h"
#include "understudy/provenance/watermark/pattern.h"
#include "understudy/provenance/watermark/payload.h"
#include "understudy/provenance/watermark/placement.h"

namespace understudy::provenance {
namespace {

constexpr int kFlipped = 8;              // of the least sure bits, see bch_decode_soft()
constexpr int kSearched = 6;             // placements that are decoded in vain before the search ends
constexpr double kLeastConfidence = 10;  // what decodes by chance lies at about 8

/// The chips' own noise, as the deviation of the mean of a group.
double noise_of_mean(const std::vector<float>& chips, const std::array<float, kGroups>& means) {
  double squares = 0;
  for (std::size_t i = 0; i < chips.size(); ++i) {
    const double off = chips[i] - means[static_cast<std::size_t>(pattern().group[i])];
    squares += off * off;
  }
  return std::sqrt(squares / static_cast<double>(chips.size()) / pattern().count[0]);
}

/// The mark in a whitened picture that lies on the grid.
std::optional<WatermarkFinding> decode(const cv::Mat& whitened) {
  const std::vector<float> chips = chips_of(whitened);
  const std::array<float, kGroups> means = group_means(chips);
  const double noise = noise_of_mean(chips, means);
  if (noise == 0) return std::nullopt;
  const std::span<const float> soft(means.data(), kCodeBits);
  for (const CodeWord& word : bch_decode_soft(soft, kFlipped)) {
    const auto id = id_of_payload(bch_message(word));
    if (!id) continue;
    WatermarkFinding finding;
    finding.id = *id;
    for (std::size_t i = 0; i < soft.size(); ++i) finding.wrong_bits += word[i] != (soft[i] > 0);
    finding.confidence = bch_agreement(word, soft) / (noise * std::sqrt(kCodeBits));
    if (finding.confidence >= kLeastConfidence) return finding;
  }
  return std::nullopt;
}

}  // namespace

WatermarkReader::WatermarkReader(cv::Size size)
    : map_(size),
      sum_(cv::Mat::zeros(kGridHeight, kGridWidth, CV_32FC1)),
      brightest_(cv::Mat::zeros(kGridHeight, kGridWidth, CV_32FC1)) {}

void WatermarkReader::add(const MarkedPlanes& picture) {
  const cv::Mat grid = map_.shrink(picture);
  cv::Mat liveliness;
  sum_ += whitened(grid, liveliness);
  brightest_ = cv::max(brightest_, grid);
  ++frames_;
}

std::optional<WatermarkFinding> WatermarkReader::read() const {
  for (const bool mirrored : {false, true}) {
    cv::Mat mirror;
    if (mirrored) cv::flip(sum_, mirror, 1);
    std::optional<WatermarkFinding> finding = decode(mirrored ? mirror : sum_);
    if (!finding) continue;
    finding->frames = frames_;
    finding->placement.mirrored = mirrored;
    return finding;
  }
  return std::nullopt;
}

std::vector<WatermarkFinding> WatermarkReader::search() const {
  std::vector<WatermarkFinding> out;
  int in_vain = 0;
  for (const Placement& likely : likely_placements(sum_, brightest_)) {
    const auto is_there = [&](const WatermarkFinding& each) { return are_one_place(each.placement, likely); };
    if (std::ranges::any_of(out, is_there)) continue;
    const Placement placement = made_exact(sum_, likely);
    std::optional<WatermarkFinding> finding = decode(placed(sum_, placement));
    const bool is_new = finding && std::ranges::find(out, finding->id, &WatermarkFinding::id) == out.end();
    if (!is_new) {
      if (++in_vain == kSearched) break;
      continue;
    }
    in_vain = 0;
    finding->frames = frames_;
    finding->placement = placement;
    out.push_back(*finding);
  }
  return out;
}

}  // namespace understudy::provenance
