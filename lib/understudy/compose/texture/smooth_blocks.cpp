#include "understudy/compose/texture/smooth_blocks.h"

#include <algorithm>
#include <array>
#include <opencv2/imgproc.hpp>

namespace understudy::compose {
namespace {

constexpr int kPixels = kBlockSide * kBlockSide;
using Surface = std::array<float, kPixels>;

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

/// The power that is left of a CV_32FC1 block without_trend().
float structure_of(const cv::Mat& block) {
  Surface values;
  for (int y = 0; y < kBlockSide; ++y)
    std::copy_n(block.ptr<float>(y), kBlockSide, values.begin() + y * kBlockSide);
  for (const Surface& surface : all_surfaces()) {
    float part = 0;
    for (std::size_t i = 0; i < values.size(); ++i) part += values[i] * surface[i];
    for (std::size_t i = 0; i < values.size(); ++i) values[i] -= part * surface[i];
  }
  float rest = 0;
  for (const float value : values) rest += value * value;
  return rest;
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
  struct Block {
    double structure;
    cv::Rect place;
  };
  std::vector<Block> blocks;
  for (int y = 0; y + kBlockSide <= luma.rows; y += kBlockSide) {
    for (int x = 0; x + kBlockSide <= luma.cols; x += kBlockSide) {
      const cv::Rect place(x, y, kBlockSide, kBlockSide);
      if (is_inside(mask(place))) blocks.push_back({structure_of(wide(place)), place});
    }
  }
  if (blocks.size() < kFewest) return {};
  std::ranges::stable_sort(blocks, {}, &Block::structure);
  const std::size_t smooth = std::max(kFewest, blocks.size() / 4), step = (smooth + kMost - 1) / kMost;
  std::vector<cv::Rect> out;
  for (std::size_t i = 0; i < smooth; i += step) out.push_back(blocks[i].place);
  return out;
}

cv::Mat without_trend(const cv::Mat& block) {
  std::vector<cv::Mat> channels;
  cv::split(block, channels);
  for (cv::Mat& channel : channels) {
    cv::Mat row = channel.reshape(1, 1);
    for (const Surface& surface : all_surfaces()) {
      const cv::Mat basis(1, kPixels, CV_32FC1, const_cast<float*>(surface.data()));
      cv::scaleAdd(basis, -row.dot(basis), row, row);
    }
  }
  cv::Mat out;
  cv::merge(channels, out);
  return out;
}

}  // namespace understudy::compose
