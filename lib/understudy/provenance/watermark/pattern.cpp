#include "understudy/provenance/watermark/pattern.h"

#include <algorithm>
#include <cmath>
#include <numbers>
#include <numeric>
#include <opencv2/core.hpp>
#include <opencv2/imgproc.hpp>

namespace understudy::provenance {
namespace {

struct Frequency {
  std::size_t x, y;
};
constexpr std::array<Frequency, kChipsOfBlock> kFrequencies{
    {{2, 0}, {1, 1}, {0, 2}, {3, 0}, {2, 1}, {1, 2}, {0, 3}, {4, 0}, {3, 1}, {2, 2}, {1, 3}, {0, 4}}};
constexpr std::size_t kUsed = 5;  // frequencies along each axis
constexpr int kAnchorShare = 10;  // one chip in so many is the anchor's

/// Where the grid's values lie still, this much counts as lively all the same.
constexpr float kLeastLively = 2;
constexpr float kMostLively = 20;
constexpr int kAround = 9;  // pixels of the grid

using Basis = std::array<std::array<float, kBlock>, kUsed>;

const Basis& basis() {
  static const Basis made = [] {
    Basis out{};
    for (std::size_t u = 0; u < kUsed; ++u)
      for (std::size_t x = 0; x < kBlock; ++x)
        out[u][x] = static_cast<float>(std::sqrt((u == 0 ? 1.0 : 2.0) / kBlock) *
                                       std::cos((2.0 * static_cast<double>(x) + 1) * static_cast<double>(u) *
                                                std::numbers::pi / (2 * kBlock)));
    return out;
  }();
  return made;
}

/// A generator that is the same everywhere (Steele, Lea and Flood 2014, "splitmix64").
class Random {
 public:
  std::uint64_t next() {
    std::uint64_t z = state_ += 0x9E3779B97F4A7C15U;
    z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9U;
    z = (z ^ z >> 27) * 0x94D049BB133111EBU;
    return z ^ z >> 31;
  }

 private:
  std::uint64_t state_ = 0x756E646572737475U;  // "understu"
};

Pattern make_pattern() {
  Pattern out;
  Random random;
  for (int i = 0; i < kChips; ++i)
    out.group.push_back(i % kAnchorShare == 0 ? kAnchor : (i - i / kAnchorShare - 1) % kCodeBits);
  for (std::size_t i = out.group.size() - 1; i > 0; --i)
    std::swap(out.group[i], out.group[random.next() % (i + 1)]);
  for (int i = 0; i < kChips; ++i) out.sign.push_back((random.next() >> 63) != 0 ? 1.0F : -1.0F);
  for (const int group : out.group) out.count[static_cast<std::size_t>(group)] += 1;
  return out;
}

using Strip = std::array<std::array<float, kGridWidth>, kUsed>;

/// A row of blocks, transformed along the columns.
Strip transform_columns(const cv::Mat& grid, int first_row) {
  Strip strip{};
  for (std::size_t v = 0; v < kUsed; ++v)
    for (int y = 0; y < kBlock; ++y) {
      const auto* row = grid.ptr<float>(first_row + y);
      const float weight = basis()[v][static_cast<std::size_t>(y)];
      for (std::size_t x = 0; x < kGridWidth; ++x) strip[v][x] += weight * row[x];
    }
  return strip;
}

void restore_columns(const Strip& strip, int first_row, cv::Mat& grid) {
  for (int y = 0; y < kBlock; ++y) {
    auto* row = grid.ptr<float>(first_row + y);
    for (std::size_t v = 0; v < kUsed; ++v) {
      const float weight = basis()[v][static_cast<std::size_t>(y)];
      for (std::size_t x = 0; x < kGridWidth; ++x) row[x] += weight * strip[v][x];
    }
  }
}

cv::Mat around(const cv::Mat& grid) {
  cv::Mat out;
  cv::blur(grid, out, {kAround, kAround}, {-1, -1}, cv::BORDER_REFLECT);
  return out;
}

}  // namespace

const Pattern& pattern() {
  static const Pattern made = make_pattern();
  return made;
}

std::vector<float> chips_of(const cv::Mat& grid) {
  std::vector<float> chips;
  chips.reserve(kChips);
  for (int first_row = 0; first_row < kGridHeight; first_row += kBlock) {
    const Strip strip = transform_columns(grid, first_row);
    for (std::size_t first = 0; first < kGridWidth; first += kBlock)
      for (const Frequency& f : kFrequencies) {
        float sum = 0;
        for (std::size_t x = 0; x < kBlock; ++x) sum += basis()[f.x][x] * strip[f.y][first + x];
        chips.push_back(sum * pattern().sign[chips.size()]);
      }
  }
  return chips;
}

cv::Mat picture_of(const std::vector<float>& chips) {
  cv::Mat grid = cv::Mat::zeros(kGridHeight, kGridWidth, CV_32FC1);
  std::size_t next = 0;
  for (int first_row = 0; first_row < kGridHeight; first_row += kBlock) {
    Strip strip{};
    for (std::size_t first = 0; first < kGridWidth; first += kBlock)
      for (const Frequency& f : kFrequencies) {
        const float value = chips[next] * pattern().sign[next];
        ++next;
        for (std::size_t x = 0; x < kBlock; ++x) strip[f.y][first + x] += value * basis()[f.x][x];
      }
    restore_columns(strip, first_row, grid);
  }
  return grid;
}

std::array<float, kGroups> group_means(const std::vector<float>& chips) {
  std::array<float, kGroups> means{};
  for (std::size_t i = 0; i < chips.size(); ++i)
    means[static_cast<std::size_t>(pattern().group[i])] += chips[i];
  for (std::size_t g = 0; g < means.size(); ++g) means[g] /= pattern().count[g];
  return means;
}

const std::array<float, kChipsOfBlock>& kept_of_chips() {
  static const auto made = [] {
    // Linear interpolation is a triangle, area averaging a box: three boxes along each axis.
    const auto along = [](std::size_t frequency) {
      const double angle = static_cast<double>(frequency) * std::numbers::pi / (2 * kBlock);
      return frequency == 0 ? 1 : std::pow(std::sin(angle) / angle, 3);
    };
    std::array<float, kChipsOfBlock> out{};
    for (std::size_t i = 0; i < out.size(); ++i)
      out[i] = static_cast<float>(along(kFrequencies[i].x) * along(kFrequencies[i].y));
    return out;
  }();
  return made;
}

cv::Mat whitened(const cv::Mat& grid, cv::Mat& liveliness) {
  const cv::Mat detail = grid - around(grid);
  cv::sqrt(around(detail.mul(detail)), liveliness);
  liveliness = cv::max(cv::min(liveliness, kMostLively), 0) + kLeastLively;
  return detail / liveliness;
}

}  // namespace understudy::provenance
