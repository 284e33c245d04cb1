#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "understudy/compose/mask.h"
#include "understudy/dataset/dataset.h"
#include "understudy/dataset/record.h"
#include "understudy/face/mask.h"
#include "understudy/provenance/consent.h"
#include "understudy/stages/merge.h"
#include "understudy/stages/merge_faces.h"

namespace understudy::stages {

/// Where a swapped face is, without its pixels.
struct SwapRecord {
  std::filesystem::path folder;
  dataset::FaceRecord record;
};

/// What convert left for one source.
struct ConvertedSource {
  std::map<std::int64_t, std::vector<SwapRecord>> faces;  ///< by frame
  std::set<std::int64_t> frames;                          ///< converted, those without a face too
  std::map<std::int64_t, std::string> failures;           ///< frames that convert could not do, and why
  std::vector<dataset::BadLine> bad_lines;
  std::set<std::string> models;                      ///< digests
  std::vector<provenance::ConsentSummary> consents;  ///< of the models
};

/// The face's track; without one, its number in the frame is the next best.
std::string track_of(const dataset::FaceRecord& record);

/// Opens the performer's dataset with its consent checked. Throws Error kInput, kFormat, kRefused.
dataset::Dataset open_performer(const std::filesystem::path& root);

/// The source that `options` names, or the only one. Throws Error kUsage, kInput.
dataset::SourceRecord find_source(const dataset::Dataset& dataset, const std::string& id);

/// Reads convert/NAME/SOURCE, moves faces to where they belong (see registration.h), and checks the consents
/// of its models. Throws Error kInput when there is nothing, kRefused.
ConvertedSource read_converted(const dataset::Dataset& dataset, const std::string& name,
                               const std::string& source);

/// Where faces are replaced.
struct MaskChoice {
  compose::MaskMode mode;
  double predicted_gain = 1;         ///< predicted masks count that much more, up to 1
  std::vector<face::FacePart> kept;  ///< from the plate
  bool keep_predicted = false;       ///< SwappedFace::predicted is wanted
};

/// The pixels of one swapped face, digests checked. Throws Error kInput, kFormat.
SwappedFace load_face(const SwapRecord& swap, const MaskChoice& masks);

}  // namespace understudy::stages
