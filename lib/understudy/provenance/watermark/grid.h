#pragma once

#include <array>
#include <cstdint>
#include <opencv2/core/mat.hpp>
#include <vector>

namespace understudy::provenance {

/// Every picture is looked at on this grid, its long side along the grid's, whatever its size and aspect.
inline constexpr int kGridWidth = 320, kGridHeight = 176;

/// What the codes of a picture mean: `black` and `white` of nominal range, and the least and most that may be
/// written.
struct CodeRange {
  float black = 0, white = 255, least = 0, most = 255;
};

/// A picture as the watermark takes it.
struct MarkedPlanes {
  std::vector<cv::Mat> planes;  ///< luma or grey alone, or red, green, blue: CV_8UC1, CV_16UC1 or CV_32FC1
  CodeRange codes;
  std::array<float, 3> weights{1, 0, 0};  ///< of the planes in the luma
};

/// Averages planes of one size by area onto the grid and brings the grid's values back to that size.
/// Thread-safe.
class GridMap {
 public:
  explicit GridMap(cv::Size size);
  cv::Size size() const { return size_; }

  /// Luma on the grid, CV_32FC1: 0 is black, 255 white. Not a number counts as black.
  cv::Mat shrink(const MarkedPlanes& picture) const;

  /// Adds `change` (as from shrink()), linearly interpolated, to every plane, rounded to the nearest code and
  /// kept between the least and the most; a code that already lies beyond them is left alone.
  void add(const cv::Mat& change, MarkedPlanes& picture) const;

  struct Span {
    int first = 0;
    std::vector<float> weights;  ///< of `first` and those after it; their sum is 1
  };
  struct Between {
    int low = 0, high = 0;
    float of_high = 0;
  };

 private:
  cv::Size size_;
  bool upright_ = false;               ///< the picture is higher than wide
  cv::Size grid_;                      ///< in the picture's own orientation
  std::vector<Span> from_x_, from_y_;  ///< the picture's samples of each of the grid's
  std::vector<Between> to_x_, to_y_;   ///< the grid's samples of each of the picture's
};

}  // namespace understudy::provenance
