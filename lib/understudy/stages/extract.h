#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "understudy/core/run.h"
#include "understudy/media/display_space.h"
#include "understudy/stages/common.h"
#include "understudy/vision/detector.h"

namespace understudy::stages {

constexpr int kMaxDetectEvery = 24;  // for no longer is a face followed that the detector does not see
constexpr int kMinContextCrop = 64, kMaxContextCrop = 4096;

struct ExtractOptions {
  CommonOptions common;
  ConsentOptions consents;
  std::vector<std::filesystem::path> inputs;  ///< plates: videos, folders of pictures, patterns
  std::filesystem::path dataset;
  std::filesystem::path consent;        ///< the subject's consent record
  std::string source;                   ///< name of the only input in the dataset; empty: from its file name
  std::string detector = "understudy";  ///< a name of vision::detectors()
  int min_face_px = vision::kUsualMinFacePx;  ///< width of the smallest face that is looked for
  int detect_every = kDetectEvery;            ///< the detector looks at frames whose number this divides
  int max_faces = 0;                          ///< the largest ones of a frame; 0: all
  int crop_size = 1024;              ///< the largest side of a context crop; smaller faces are never enlarged
  std::filesystem::path model_dir;   ///< where detectors find their files
  media::ColorSpaceChoice color;     ///< what the inputs' codes are; by default what their tags say
  std::string deinterlace = "none";  ///< a name of media::deinterlacers()
};

/// Finds the faces of the inputs, follows them through the shot, and writes a context crop and a record per
/// face into the dataset's extract/SOURCE/. What the dataset holds already from the same options is kept; a
/// run that was stopped or killed goes on where it was. The result depends neither on the number of threads
/// nor on where a run was interrupted.
///
/// Throws Error kUsage (options, frames that are not in the input), kInput and kFormat (an input or model
/// file), kResource (disk), kRefused (no valid consent record, or the dataset is another subject's). Frames
/// that cannot be decoded are failures in the report. A plate without any face is a success with a warning.
Outcome extract(const ExtractOptions& options, Run& run);

}  // namespace understudy::stages
