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

}  // namespace

cv::Mat float_luma(const cv::Mat& bgr) {
  cv::Mat out;
  cv::transform(bgr, out, cv::Matx13f(0.114F, 0.587F, 0.299F));
  return out;
}

std::vector<cv::Rect> smooth_blocks(const cv::Mat& luma, const cv::Mat& mask) {
  constexpr double kWide = 2;
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
      double least = 0;
      cv::minMaxLoc(mask(place), &least);
      if (!(least > 0.5)) continue;
      const cv::Mat rest = without_trend(wide(place));
      blocks.push_back({rest.dot(rest), place});
    }
  }
  constexpr std::size_t kFewest = 4;
  if (blocks.size() < kFewest) return {};
  std::ranges::stable_sort(blocks, {}, &Block::structure);
  std::vector<cv::Rect> out;
  for (std::size_t i = 0; i < std::max(kFewest, blocks.size() / 4); ++i) out.push_back(blocks[i].place);
  return out;
}

cv::Mat without_trend(const cv::Mat& block) {
  static const std::array<Surface, 6> all = surfaces();
  std::vector<cv::Mat> channels;
  cv::split(block, channels);
  for (cv::Mat& channel : channels) {
    cv::Mat row = channel.reshape(1, 1);
    for (const Surface& surface : all) {
      const cv::Mat basis(1, kPixels, CV_32FC1, const_cast<float*>(surface.data()));
      cv::scaleAdd(basis, -row.dot(basis), row, row);
    }
  }
  cv::Mat out;
  cv::merge(channels, out);
  return out;
}

}  // namespace understudy::compose
