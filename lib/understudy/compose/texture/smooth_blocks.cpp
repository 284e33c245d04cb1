#include "understudy/compose/texture/smooth_blocks.h"

#include <algorithm>
#include <array>
#include <opencv2/imgproc.hpp>

namespace understudy::compose {
namespace {

constexpr int kPixels = kBlockSide * kBlockSide;
using Surface = Block;

/// 1, x, y, x^2, xy, y^2 over a block, made orthonormal.
std::array<Surface, 6> surfaces() {
  std::array<Surface, 6> out;
  for (int i = 0; i < kPixels; ++i) {
    const float x = static_cast<float>(i % kBlockSide) - (kBlockSide - 1) / 2.0F,
                y = static_cast<float>(i / kBlockSide) - (kBlockSide - 1) / 2.0F;
    const std::array<float, 6> values{1, x, y, x * x, x * y, y * y};
    for (std::size_t k = 0; k < values.size(); ++k) out[k][static_cast<std::size_t>(i)] = values[k];
  }
  for (std::size_t k = 0; k < out.size(); ++k) {
    cv::Mat own(1, kPixels, CV_32FC1, out[k].data());
    for (std::size_t j = 0; j < k; ++j) {
      const cv::Mat other(1, kPixels, CV_32FC1, out[j].data());
      cv::scaleAdd(other, -own.dot(other), own, own);
    }
    own /= cv::norm(own);
  }
  return out;
}

const std::array<Surface, 6>& all_surfaces() {
  static const std::array<Surface, 6> all = surfaces();
  return all;
}

bool is_inside(const cv::Mat& mask) {
  for (int y = 0; y < mask.rows; ++y) {
    const auto* row = mask.ptr<float>(y);
    if (!std::all_of(row, row + mask.cols, [](float value) { return value > 0.5F; })) return false;
  }
  return true;
}

/// to += factor * from
[[gnu::target_clones("avx2", "default")]] void add_product(float factor, const Surface& from, Block& to) {
  for (std::size_t i = 0; i < to.size(); ++i) to[i] += factor * from[i];
}

/// The power that is left of a CV_32FC1 block without its trend.
float structure_of(const cv::Mat& block) {
  Block values;
  for (int y = 0; y < kBlockSide; ++y)
    std::copy_n(block.ptr<float>(y), kBlockSide, values.begin() + y * kBlockSide);
  remove_trend(values);
  return product(values.data(), values.data(), values.size());
}

}  // namespace

cv::Mat float_luma(const cv::Mat& bgr) {
  cv::Mat out;
  cv::transform(bgr, out, cv::Matx13f(0.114F, 0.587F, 0.299F));
  return out;
}

std::vector<cv::Rect> smooth_blocks(const cv::Mat& luma, const cv::Mat& mask) {
  constexpr double kWide = 2;
  constexpr std::size_t kFewest = 4, kMost = 192;
  cv::Mat wide;
  cv::GaussianBlur(luma, wide, {}, kWide, kWide, cv::BORDER_REPLICATE);
  struct Found {
    double structure;
    cv::Rect place;
  };
  std::vector<Found> blocks;
  for (int y = 0; y + kBlockSide <= luma.rows; y += kBlockSide) {
    for (int x = 0; x + kBlockSide <= luma.cols; x += kBlockSide) {
      const cv::Rect place(x, y, kBlockSide, kBlockSide);
      if (is_inside(mask(place))) blocks.push_back({structure_of(wide(place)), place});
    }
  }
  if (blocks.size() < kFewest) return {};
  std::ranges::stable_sort(blocks, {}, &Found::structure);
  const std::size_t smooth = std::max(kFewest, blocks.size() / 4), step = (smooth + kMost - 1) / kMost;
  std::vector<cv::Rect> out;
  for (std::size_t i = 0; i < smooth; i += step) out.push_back(blocks[i].place);
  return out;
}

ColorBlock block_at(const cv::Mat& picture, cv::Point at) {
  ColorBlock out;
  for (int y = 0; y < kBlockSide; ++y) {
    const auto* from = picture.ptr<cv::Vec3f>(at.y + y) + at.x;
    for (int x = 0; x < kBlockSide; ++x)
      for (int c = 0; c < 3; ++c)
        out[static_cast<std::size_t>(c)][static_cast<std::size_t>(y * kBlockSide + x)] = from[x][c];
  }
  return out;
}

[[gnu::target_clones("avx2", "default")]] float product(const float* a, const float* b, std::size_t count) {
  constexpr std::size_t kLanes = 8;  // side by side in a register, and the same sum without one
  std::array<float, kLanes> sums{};
  std::size_t i = 0;
  for (; i + kLanes <= count; i += kLanes)
    for (std::size_t lane = 0; lane < kLanes; ++lane) sums[lane] += a[i + lane] * b[i + lane];
  for (std::size_t lane = 0; i < count; ++i, ++lane) sums[lane] += a[i] * b[i];
  float all = 0;
  for (const float sum : sums) all += sum;
  return all;
}

void remove_trend(Block& block) {
  for (const Surface& surface : all_surfaces())
    add_product(-product(block.data(), surface.data(), block.size()), surface, block);
}

}  // namespace understudy::compose
