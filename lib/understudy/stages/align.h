#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "understudy/core/run.h"
#include "understudy/stages/common.h"

namespace understudy::stages {

constexpr double kMaxSmoothFrames = 20;

struct AlignOptions {
  CommonOptions common;
  ConsentOptions consents;
  std::vector<std::filesystem::path> datasets;
  std::string landmarker = "dlib68";    ///< a name of vision::landmarkers()
  std::string embedder = "understudy";  ///< a name of vision::embedders()
  std::optional<double>
      same_person;  ///< the likeness from which tracks are of one person, -1 to 1; none: the embedder's own
  std::string crop = "whole";       ///< a name of face::crop_families()
  int size = 256;                   ///< side of the aligned crop, face::kMinCropSize to kMaxCropSize
  double smooth_frames = 3;         ///< the most that landmarks are steadied over (sigma); 0: not at all
  std::string mask = "hull";        ///< a name of vision::maskers()
  std::filesystem::path model_dir;  ///< where landmarkers, embedders and maskers find their files
  std::filesystem::path sheet;      ///< where to write a contact sheet; empty: none
};

/// Finds the landmarks of every extracted face that is still there, steadies them along its track, and writes
/// aligned crop, mask, pose and sharpness into the dataset's align/SOURCE/. What was aligned before with the
/// same options is kept. The result depends neither on the number of threads nor on how the frames are split
/// into jobs, once all of them are extracted.
///
/// Throws Error kUsage (options), kInput and kFormat (no dataset, nothing extracted, a model file, a dataset
/// of a newer version), kResource (disk). A crop that cannot be used and a damaged record are failures in the
/// report; work goes on.
Outcome align(const AlignOptions& options, Run& run);

}  // namespace understudy::stages
