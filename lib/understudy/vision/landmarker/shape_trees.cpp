#include "understudy/vision/landmarker/shape_trees.h"

#include <algorithm>
#include <bit>
#include <complex>
#include <fstream>
#include <limits>

#include "understudy/core/error.h"
#include "understudy/core/text.h"
#include "understudy/vision/landmarker/dlib_numbers.h"

namespace understudy::vision {
namespace {

constexpr std::size_t kMostPixels = std::numeric_limits<std::uint16_t>::max();

/// Rotation and scale of the similarity that brings `from` closest to `to`.
std::complex<float> turn_between(const face::Landmarks& from, std::span<const float> to) {
  std::complex<double> mean_from, mean_to, product;
  for (std::size_t i = 0; i < from.size(); ++i) {
    mean_from += std::complex<double>(from[i].x, from[i].y);
    mean_to += std::complex<double>(to[2 * i], to[2 * i + 1]);
  }
  mean_from /= static_cast<double>(from.size());
  mean_to /= static_cast<double>(from.size());
  double square = 0;
  for (std::size_t i = 0; i < from.size(); ++i) {
    const std::complex<double> p = std::complex<double>(from[i].x, from[i].y) - mean_from;
    product += std::conj(p) * (std::complex<double>(to[2 * i], to[2 * i + 1]) - mean_to);
    square += std::norm(p);
  }
  return std::complex<float>(product / square);
}

[[gnu::target_clones("avx512f", "avx2", "default")]] void add(const float* leaf, std::size_t count,
                                                              float* shape) {
  for (std::size_t i = 0; i < count; ++i) shape[i] += leaf[i];
}

void prefetch(const float* leaf, std::size_t count) {
  constexpr std::size_t kLine = 16;  // numbers
  for (std::size_t i = 0; i < count; i += kLine) __builtin_prefetch(leaf + i);
}

}  // namespace

ShapeTrees::ShapeTrees(const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  *this = ShapeTrees(in, file.string());
}

ShapeTrees::ShapeTrees(std::istream& file, std::string_view name) {
  DlibNumbers numbers(file, name);
  numbers.whole();  // the version, which has always been 1
  std::vector<float> mean;
  numbers.column(mean);
  if (mean.size() != kCoordinates)
    throw Error(ErrorCode::kFormat, text(name, " finds ", mean.size() / 2, " points, 68 were expected"));
  for (std::size_t i = 0; i < mean_.size(); ++i) mean_[i] = {mean[2 * i], mean[2 * i + 1]};
  for (std::size_t levels = numbers.count(); levels > 0; --levels) {
    Level level;
    if (!levels_.empty()) level.leaves.reserve(levels_.front().leaves.size());
    for (std::size_t trees = numbers.count(); trees > 0; --trees) read_tree(numbers, level);
    levels_.push_back(std::move(level));
  }
  if (splits_per_tree_ == 0) numbers.refuse("it has no tree");
  read_pixels(numbers);
}

void ShapeTrees::read_tree(DlibNumbers& numbers, Level& level) {
  const std::size_t splits = numbers.count();
  if (splits_per_tree_ == 0) splits_per_tree_ = splits;
  if (splits == 0 || splits != splits_per_tree_ || !std::has_single_bit(splits + 1))
    numbers.refuse("a tree has missing branches, or is not like the others");
  for (std::size_t i = 0; i < splits; ++i) {
    const std::size_t a = numbers.index(kMostPixels), b = numbers.index(kMostPixels);
    level.splits.push_back({static_cast<std::uint16_t>(a), static_cast<std::uint16_t>(b), numbers.number()});
  }
  if (numbers.count() != splits + 1) numbers.refuse("a tree has another number of leaves than of branches");
  for (std::size_t i = 0; i <= splits; ++i)
    if (numbers.column(level.leaves) != kCoordinates) numbers.refuse("a leaf has another number of points");
}

void ShapeTrees::read_pixels(DlibNumbers& numbers) {
  if (numbers.count() != levels_.size()) numbers.refuse("its levels do not belong together");
  for (Level& level : levels_)
    for (std::size_t pixels = numbers.count(); pixels > 0; --pixels)
      level.pixels.push_back({numbers.index(face::kLandmarkCount), {}});
  if (numbers.count() != levels_.size()) numbers.refuse("its levels do not belong together");
  for (Level& level : levels_) {
    if (numbers.count() != level.pixels.size()) numbers.refuse("its pixels do not belong together");
    for (Pixel& pixel : level.pixels) {
      pixel.off.x = numbers.number();
      pixel.off.y = numbers.number();
    }
    for (const Split& split : level.splits)
      if (std::max(split.a, split.b) >= level.pixels.size())
        numbers.refuse("a tree looks at pixels that are nowhere");
  }
}

void ShapeTrees::look(const Level& level, const Start& start, const Shape& shape, float* values) const {
  const std::complex<float> turn = turn_between(mean_, shape);
  const float width = static_cast<float>(start.box.width - 1), left = static_cast<float>(start.box.x),
              height = static_cast<float>(start.box.height - 1), top = static_cast<float>(start.box.y);
  for (const Pixel& pixel : level.pixels) {
    const std::complex<float> off = turn * std::complex<float>(pixel.off.x, pixel.off.y);
    const float x = left + width * (shape[2 * pixel.point] + off.real()),
                y = top + height * (shape[2 * pixel.point + 1] + off.imag());
    const bool inside = x >= -0.5f && y >= -0.5f && x < static_cast<float>(start.gray.cols) - 0.5f &&
                        y < static_cast<float>(start.gray.rows) - 0.5f;
    *values++ = inside ? start.gray.at<uchar>(static_cast<int>(y + 0.5f), static_cast<int>(x + 0.5f)) : 0.0f;
  }
}

// All fits go down a tree side by side, since each has to wait at every branch for what it looks at.
void ShapeTrees::find_leaves(const Level& level, const std::vector<float>& values, std::size_t starts,
                             std::vector<std::uint32_t>& leaves) const {
  const std::size_t trees = level.splits.size() / splits_per_tree_, pixels = level.pixels.size();
  leaves.assign(trees * starts, 0);
  for (std::size_t tree = 0; tree < trees; ++tree) {
    const Split* splits = &level.splits[tree * splits_per_tree_];
    std::uint32_t* at = &leaves[tree * starts];
    for (std::size_t depth = splits_per_tree_; depth > 0; depth /= 2)
      for (std::size_t k = 0; k < starts; ++k) {
        const Split& split = splits[at[k]];
        const float* value = &values[k * pixels];
        at[k] = 2 * at[k] + 2 - static_cast<std::uint32_t>(value[split.a] - value[split.b] > split.threshold);
      }
    for (std::size_t k = 0; k < starts; ++k)
      at[k] += static_cast<std::uint32_t>(tree * (splits_per_tree_ + 1) - splits_per_tree_);
  }
}

void ShapeTrees::add_leaves(const Level& level, const std::vector<std::uint32_t>& leaves,
                            std::vector<Shape>& shapes) {
  constexpr std::size_t kTreesAhead = 4;
  const std::size_t starts = shapes.size();
  for (std::size_t tree = 0; tree < leaves.size(); tree += starts)
    for (std::size_t k = 0; k < starts; ++k) {
      const std::size_t ahead = tree + kTreesAhead * starts + k;
      if (ahead < leaves.size() && leaves[ahead] != leaves[ahead - 1])
        prefetch(&level.leaves[leaves[ahead] * kCoordinates], kCoordinates);
      add(&level.leaves[leaves[tree + k] * kCoordinates], kCoordinates, shapes[k].data());
    }
}

std::vector<face::Landmarks> ShapeTrees::fit(std::span<const Start> starts) const {
  if (starts.empty()) return {};
  Shape mean{};
  for (std::size_t i = 0; i < mean_.size(); ++i) {
    mean[2 * i] = mean_[i].x;
    mean[2 * i + 1] = mean_[i].y;
  }
  std::vector<Shape> shapes(starts.size(), mean);
  std::vector<float> values;
  std::vector<std::uint32_t> leaves;
  for (const Level& level : levels_) {
    values.resize(starts.size() * level.pixels.size());
    for (std::size_t k = 0; k < starts.size(); ++k)
      look(level, starts[k], shapes[k], values.data() + k * level.pixels.size());
    find_leaves(level, values, starts.size(), leaves);
    add_leaves(level, leaves, shapes);
  }
  std::vector<face::Landmarks> out(starts.size());
  for (std::size_t k = 0; k < starts.size(); ++k) {
    const cv::Rect& box = starts[k].box;
    for (std::size_t i = 0; i < out[k].size(); ++i)
      out[k][i] = {static_cast<float>(box.x) + static_cast<float>(box.width - 1) * shapes[k][2 * i],
                   static_cast<float>(box.y) + static_cast<float>(box.height - 1) * shapes[k][2 * i + 1]};
  }
  return out;
}

}  // namespace understudy::vision
