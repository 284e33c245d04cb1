#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "understudy/dataset/dataset.h"

namespace understudy::stages {

/// Pictures of the person who consented, one face in each.
struct ReferencePictures {
  std::vector<std::filesystem::path> files;
  std::filesystem::path model_dir;  ///< where landmarkers and embedders find their files
};

/// A track whose faces are not like those of the reference pictures.
struct OtherTrack {
  std::string source, frames;  ///< "0-47, 60"
  std::int64_t faces = 0;
  double likeness = 0;
};

struct ReferenceVerdict {
  std::int64_t faces = 0, others = 0;             ///< looked at; of those, of somebody else
  std::vector<OtherTrack> tracks;                 ///< where the others are
  double least_likeness = 1, most_likeness = -1;  ///< of any track
};

/// Compares the aligned faces of a dataset, track by track, with the pictures, by the embedder that align
/// told people apart by and its other_person(). Faces that a person wants skipped do not count. Throws Error
/// kInput when a picture cannot be read, does not show one face, or there are no identities in the dataset,
/// and kFormat.
ReferenceVerdict compare_with_references(const dataset::Dataset& dataset, const ReferencePictures& pictures);

}  // namespace understudy::stages
