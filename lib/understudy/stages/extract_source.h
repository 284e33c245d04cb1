#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "understudy/dataset/dataset.h"
#include "understudy/media/source.h"
#include "understudy/stages/extract.h"
#include "understudy/vision/detector.h"

namespace understudy::stages {

/// What was done on one source or on all.
struct ExtractCounts {
  std::int64_t frames = 0;
  std::int64_t faces = 0;
  std::int64_t frames_without_face = 0;
  std::int64_t followed = 0;  ///< faces that the detector missed
};

/// Frames, and how they are to be seen.
struct ExtractPlate {
  media::FrameSource& frames;
  media::DisplaySpace space;
};

/// The faces of one source's `groups` of frames, each published as one shard with `options` in its
/// shard.json.
class SourceExtraction {
 public:
  /// `most_at_once`: frames that are read and looked at together.
  SourceExtraction(const ExtractOptions& options, const Json& shard_options, const ExtractPlate& plate,
                   const std::filesystem::path& stage_folder, std::string source_id, std::size_t most_at_once,
                   Run& run);

  /// True when done, false when told to stop: what was published stays.
  bool work(const std::vector<std::vector<std::int64_t>>& groups,
            std::vector<std::unique_ptr<vision::Detector>>& detectors);
  const ExtractCounts& counts() const { return counts_; }

 private:
  class Pass;

  const ExtractOptions& options_;
  const Json& shard_options_;
  ExtractPlate plate_;
  std::filesystem::path stage_folder_;
  std::string source_id_;
  std::size_t most_at_once_;
  Run& run_;
  ExtractCounts counts_;
};

}  // namespace understudy::stages
