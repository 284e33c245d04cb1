#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "understudy/core/json.h"
#include "understudy/stages/merge_frame.h"

namespace understudy::stages {

/// What is kept of one merged face to judge it.
struct FaceNote {
  std::int64_t frame = 0;
  int face = 0;
  std::optional<double> seam;
  std::optional<cv::Vec2d>
      moved;  ///< how far the plate's face moved below it since the frame before, in pixels
  std::optional<double> result_change, plate_change;  ///< mean change of luma since the frame before
};

/// One of the things that are measured of each merged face, `notes` being its track in time order. Absent
/// where the neighbours that it needs are.
struct QualityMeasure {
  std::optional<double> (*of)(const std::vector<FaceNote>& notes, std::size_t index);
  const char* unit;
};

/// To add one: a row in merge_quality.cpp, a row in docs/tools/merge.md.
const Table<QualityMeasure>& quality_measures();

/// Limits by the names of measures, from entries such as "seam=2.0". Throws Error kUsage.
std::map<std::string, double> quality_limits(const std::vector<std::string>& entries);

/// Judges a merge while it is made.
class MergeQuality {
 public:
  /// To be called with ascending frames, when their faces are merged.
  void add(const MergeFrame& frame);
  /// For each track: its frames, the mean and the worst of each measure, and what the textures measured.
  Json tracks() const;
  /// Each face that is above one of the limits.
  std::vector<MergeFailure> above(const std::map<std::string, double>& limits) const;

 private:
  struct Track {
    std::vector<FaceNote> notes;
    FaceTrace last;
    std::map<std::string, std::pair<cv::Mat, int>> textures;  ///< sums of rows, and of how many
  };
  std::map<std::string, Track> tracks_;
};

}  // namespace understudy::stages
