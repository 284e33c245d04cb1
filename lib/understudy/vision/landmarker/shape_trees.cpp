#include "understudy/vision/landmarker/shape_trees.h"

#include <dlib/image_processing/shape_predictor.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <complex>
#include <fstream>
#include <limits>

#include "understudy/core/error.h"
#include "understudy/core/text.h"

namespace understudy::vision {
namespace {

using DlibTrees = std::vector<dlib::impl::regression_tree>;

/// What the file holds, as dlib writes it.
struct Content {
  int version = 0;
  dlib::matrix<float, 0, 1> mean;
  std::vector<DlibTrees> trees;
  std::vector<std::vector<unsigned long>> anchors;
  std::vector<std::vector<dlib::vector<float, 2>>> offs;
};

[[noreturn]] void refuse(const std::filesystem::path& file, std::string_view why) {
  throw Error(ErrorCode::kFormat, text(file.string(), " is not a shape predictor of dlib: ", why),
              "get shape_predictor_68_face_landmarks.dat anew");
}

Content read(const std::filesystem::path& path) {
  Content out;
  try {
    std::ifstream file(path, std::ios::binary);
    dlib::deserialize(out.version, file);
    dlib::deserialize(out.mean, file);
    dlib::deserialize(out.trees, file);
    dlib::deserialize(out.anchors, file);
    dlib::deserialize(out.offs, file);
  } catch (const std::exception& e) {
    refuse(path, e.what());
  }
  if (out.mean.size() != 2 * face::kLandmarkCount)
    throw Error(ErrorCode::kFormat,
                text(path.string(), " finds ", out.mean.size() / 2, " points, 68 were expected"));
  if (out.trees.empty() || out.trees.front().empty() || out.anchors.size() != out.trees.size() ||
      out.offs.size() != out.trees.size())
    refuse(path, "its levels do not belong together");
  return out;
}

bool fits(const dlib::impl::regression_tree& tree, std::size_t splits, std::size_t pixels) {
  return tree.splits.size() == splits && tree.leaf_values.size() == splits + 1 &&
         std::ranges::all_of(tree.splits,
                             [&](const auto& s) { return s.idx1 < pixels && s.idx2 < pixels; }) &&
         std::ranges::all_of(tree.leaf_values,
                             [](const auto& leaf) { return leaf.size() == 2 * face::kLandmarkCount; });
}

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

}  // namespace

ShapeTrees::ShapeTrees(const std::filesystem::path& file) {
  const Content content = read(file);
  for (int i = 0; i < face::kLandmarkCount; ++i) mean_[i] = {content.mean(2 * i), content.mean(2 * i + 1)};
  splits_per_tree_ = content.trees.front().front().splits.size();
  if (!std::has_single_bit(splits_per_tree_ + 1)) refuse(file, "its trees have missing branches");
  for (std::size_t l = 0; l < content.trees.size(); ++l) {
    const auto& anchors = content.anchors[l];
    const std::size_t pixels = anchors.size();
    if (content.offs[l].size() != pixels || pixels > std::numeric_limits<std::uint16_t>::max() ||
        !std::ranges::all_of(anchors, [](auto a) { return a < face::kLandmarkCount; }))
      refuse(file, "a level looks at pixels that are nowhere");
    Level level;
    for (std::size_t i = 0; i < pixels; ++i)
      level.pixels.push_back({anchors[i], {content.offs[l][i].x(), content.offs[l][i].y()}});
    for (const auto& tree : content.trees[l]) {
      if (!fits(tree, splits_per_tree_, pixels)) refuse(file, "a tree is not like the others");
      for (const auto& split : tree.splits)
        level.splits.push_back(
            {static_cast<std::uint16_t>(split.idx1), static_cast<std::uint16_t>(split.idx2), split.thresh});
      for (const auto& leaf : tree.leaf_values)
        level.leaves.insert(level.leaves.end(), leaf.begin(), leaf.end());
    }
    levels_.push_back(std::move(level));
  }
}

void ShapeTrees::look(const Level& level, const Start& start, const Shape& shape,
                      std::vector<float>& values) const {
  const std::complex<float> turn = turn_between(mean_, shape);
  const float width = static_cast<float>(start.box.width - 1), left = static_cast<float>(start.box.x),
              height = static_cast<float>(start.box.height - 1), top = static_cast<float>(start.box.y);
  values.clear();
  for (const Pixel& pixel : level.pixels) {
    const std::complex<float> off = turn * std::complex<float>(pixel.off.x, pixel.off.y);
    const float x = left + width * (shape[2 * pixel.point] + off.real()),
                y = top + height * (shape[2 * pixel.point + 1] + off.imag());
    const bool inside = x >= -0.5f && y >= -0.5f && x < static_cast<float>(start.gray.cols) - 0.5f &&
                        y < static_cast<float>(start.gray.rows) - 0.5f;
    values.push_back(inside ? start.gray.at<uchar>(static_cast<int>(y + 0.5f), static_cast<int>(x + 0.5f))
                            : 0.0f);
  }
}

std::vector<face::Landmarks> ShapeTrees::fit(std::span<const Start> starts) const {
  Shape mean{};
  for (std::size_t i = 0; i < mean_.size(); ++i) {
    mean[2 * i] = mean_[i].x;
    mean[2 * i + 1] = mean_[i].y;
  }
  std::vector<Shape> shapes(starts.size(), mean);
  std::vector<std::vector<float>> values(starts.size());
  for (const Level& level : levels_) {
    for (std::size_t k = 0; k < starts.size(); ++k) look(level, starts[k], shapes[k], values[k]);
    const float* leaves = level.leaves.data();
    for (std::size_t tree = 0; tree < level.splits.size(); tree += splits_per_tree_) {
      const Split* splits = &level.splits[tree];
      for (std::size_t k = 0; k < starts.size(); ++k) {
        std::size_t at = 0;
        while (at < splits_per_tree_)
          at = 2 * at + (values[k][splits[at].a] - values[k][splits[at].b] > splits[at].threshold ? 1 : 2);
        const float* leaf = leaves + (at - splits_per_tree_) * kCoordinates;
        for (std::size_t i = 0; i < kCoordinates; ++i) shapes[k][i] += leaf[i];
      }
      leaves += (splits_per_tree_ + 1) * kCoordinates;
    }
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
