#pragma once

#include <cstdint>
#include <opencv2/core/mat.hpp>
#include <optional>
#include <vector>

#include "understudy/provenance/watermark/grid.h"

namespace understudy::provenance {

/// Where the grid that was marked lies in what is read.
struct Placement {
  bool mirrored = false;  ///< left and right are exchanged
  /// Along x and y, in pixels of the grid from its middle: marked = scale * read + shift.
  double scale_x = 1, scale_y = 1, shift_x = 0, shift_y = 0;
};

/// A mark that was found.
struct WatermarkFinding {
  std::uint64_t id = 0;
  int frames = 0;         ///< that were added up
  int wrong_bits = 0;     ///< of 127, that the code mended
  double confidence = 0;  ///< standard deviations of all bits together from chance; at least 10
  Placement placement;
};

/// Adds pictures of one size up and reads what they all are marked with.
class WatermarkReader {
 public:
  explicit WatermarkReader(cv::Size size);

  void add(const MarkedPlanes& picture);
  int frames() const { return frames_; }

  /// The mark of pictures that still lie as they were marked, or mirrored. Quick.
  std::optional<WatermarkFinding> read() const;
  /// The marks of pictures that were cropped, stretched (by 0.85 to 1.15) or put between black bars since;
  /// several where pictures were cropped, marked again and cropped again. The one whose place is found best
  /// comes first, which need not be the newest. About a second of one thread; read() first.
  std::vector<WatermarkFinding> search() const;

 private:
  GridMap map_;
  cv::Mat sum_;        ///< of the whitened pictures
  cv::Mat brightest_;  ///< of each of the grid's pixels
  int frames_ = 0;
};

}  // namespace understudy::provenance
