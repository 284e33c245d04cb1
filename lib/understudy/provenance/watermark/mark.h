#pragma once

#include <cstdint>
#include <opencv2/core/mat.hpp>

#include "understudy/provenance/watermark/grid.h"
#include "understudy/provenance/watermark/pattern.h"

namespace understudy::provenance {

/// How strong a mark is. docs/watermark.md says what was measured with both.
struct WatermarkStrength {
  float margin;  ///< what each bit is pushed to, in deviations of the picture around
  float most;    ///< the mean change (root of the mean square) on the grid, of 255
};
inline constexpr WatermarkStrength kVideoStrength{0.6F, 2.0F};
/// Of stills, and of clips too short for much to be added up.
inline constexpr WatermarkStrength kStillStrength{0.9F, 2.5F};

/// Marks pictures of one size with one id. Every picture is marked by itself, the same wherever it stands and
/// whichever thread does it. Thread-safe.
class Watermark {
 public:
  Watermark(std::uint64_t id, cv::Size size, const WatermarkStrength& strength);

  /// Changes `picture`, whose planes must be of the size and one depth. How strongly: the root of the mean
  /// square of what was added to the grid, of 255. Below about 0.9 the picture is too dark or flat to carry
  /// much.
  double mark(MarkedPlanes& picture) const;

 private:
  WatermarkStrength strength_;
  GridMap map_;
  CodeWord word_;
};

}  // namespace understudy::provenance
