#pragma once

#include <map>
#include <string>
#include <vector>

#include "understudy/dataset/dataset.h"
#include "understudy/dataset/overrides.h"

namespace understudy::dataset {

/// A dataset's faces as every program that uses them reads them: without removed and skipped ones, each with
/// its person as corrected.
class FacesInUse {
 public:
  /// Reads the corrections, and where a track's person was corrected the records of align. Throws Error
  /// kFormat.
  explicit FacesInUse(const Dataset& dataset);

  /// The faces of a published shard of any stage, by frame and face. Damaged lines are put into `bad`.
  ///
  /// A face's person is what a correction of the face says; else what one of its track says; else, where all
  /// named tracks of the person that align found have one name, this name; else as align found it.
  std::vector<FaceRecord> read(const Shard& shard, std::vector<BadLine>& bad) const;

 private:
  using FaceKey = std::pair<std::int64_t, int>;  ///< frame and face
  struct SourceNames {
    std::vector<Override> corrections;
    std::map<std::string, std::map<FaceKey, std::string>> by_track;  ///< where a name begins to hold
  };

  void name_tracks(const Dataset& dataset);

  std::map<std::string, SourceNames> sources_;
};

/// By what name a face's person is asked for: `person`, or SOURCE:TRACK where nobody said who it is.
std::string person_id(const FaceRecord& record);

}  // namespace understudy::dataset
