#pragma once

#include <array>
#include <cstdint>
#include <filesystem>
#include <istream>
#include <opencv2/core/mat.hpp>
#include <span>
#include <string_view>
#include <vector>

#include "understudy/face/geometry.h"

namespace understudy::vision {

class DlibNumbers;

/// The cascade of regression trees in a file of dlib's shape_predictor (Kazemi & Sullivan 2014), for 68
/// points. Many fits go through it together, tree by tree, so that each tree's leaves, of which there are
/// a hundred megabytes, are fetched from memory once for all of them. Points keep their fractions, which dlib
/// rounds off.
class ShapeTrees {
 public:
  /// Throws Error kFormat when the file is not such a one.
  explicit ShapeTrees(const std::filesystem::path& file);
  /// The same of a file that is open; `name` is for messages.
  ShapeTrees(std::istream& file, std::string_view name);

  /// The shape that every fit begins with, in the unit box.
  const face::Landmarks& mean() const { return mean_; }

  /// Where a fit begins: the mean shape in `box` (its last row and column belong to it) of `gray`, CV_8UC1.
  struct Start {
    const cv::Mat& gray;
    cv::Rect box;
  };
  /// The points of each start, in its picture's pixels. May be called by several threads at once.
  std::vector<face::Landmarks> fit(std::span<const Start> starts) const;

 private:
  struct Split {
    std::uint16_t a, b;
    float threshold;
  };
  /// A pixel to look at: off a point of the mean shape.
  struct Pixel {
    std::size_t point;
    cv::Point2f off;
  };
  struct Level {
    std::vector<Pixel> pixels;
    std::vector<Split> splits;  ///< of all trees, one after the other
    std::vector<float> leaves;  ///< of all trees, the coordinates of a shape each
  };

  static constexpr std::size_t kCoordinates = 2 * face::kLandmarkCount;
  using Shape = std::array<float, kCoordinates>;

  void read_tree(DlibNumbers& numbers, Level& level);
  void read_pixels(DlibNumbers& numbers);
  /// The values of a level's pixels.
  void look(const Level& level, const Start& start, const Shape& shape, float* values) const;
  /// Where the fits come to in each tree: `leaves` of the level, those of a tree side by side.
  void find_leaves(const Level& level, const std::vector<float>& values, std::size_t starts,
                   std::vector<std::uint32_t>& leaves) const;
  static void add_leaves(const Level& level, const std::vector<std::uint32_t>& leaves,
                         std::vector<Shape>& shapes);

  face::Landmarks mean_;
  std::size_t splits_per_tree_ = 0;
  std::vector<Level> levels_;
};

}  // namespace understudy::vision
