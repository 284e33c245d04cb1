#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "understudy/dataset/dataset.h"
#include "understudy/dataset/record.h"
#include "understudy/provenance/consent.h"
#include "understudy/stages/consent_gate.h"
#include "understudy/stages/merge.h"
#include "understudy/stages/merge_faces.h"

namespace understudy::stages {

/// A mask that another stage left.
struct StoredMask {
  std::filesystem::path path;
  std::string sha256;
  face::Affine crop_from_mask;  ///< 2x3, its pixels to those of the swapped crop
};

/// Where a swapped face is, without its pixels.
struct SwapRecord {
  std::filesystem::path folder;
  dataset::FaceRecord record;
  /// Where its pixels lie one frame earlier and later, if the track has those frames.
  std::optional<face::Affine> before_from_frame = {}, after_from_frame = {};
  /// Of a face that bridges a gap: what it has become by `dissolved`, 0 to 1.
  std::shared_ptr<const SwapRecord> dissolves_into = {};
  double dissolved = 0;
  std::optional<StoredMask> visible = {};  ///< what of the plate's face is, where that is known
};

/// What convert left for one source.
struct ConvertedSource {
  std::map<std::int64_t, std::vector<SwapRecord>> faces;  ///< by frame
  std::set<std::int64_t> frames;                          ///< converted, those without a face too
  std::map<std::int64_t, std::string> failures;           ///< frames that convert could not do, and why
  std::vector<dataset::BadLine> bad_lines;
  std::set<std::string> models;                      ///< digests
  std::set<std::string> datasets;                    ///< digests of what the models learned from
  std::vector<provenance::ConsentSummary> consents;  ///< of the models
};

/// The face's track; without one, its number in the frame is the next best.
std::string track_of(const dataset::FaceRecord& record);

/// The source that `options` names, or the only one. Throws Error kUsage, kInput.
dataset::SourceRecord find_source(const dataset::Dataset& dataset, const std::string& id);

/// Reads convert/NAME/SOURCE, moves faces to where they belong (see registration.h), and checks the consents
/// of its models. Throws Error kInput when there is nothing, kRefused.
ConvertedSource read_converted(const dataset::Dataset& dataset, const std::string& name,
                               const std::string& source, const ConsentGate& gate);

/// Notes where the faces of each track come from and go to, frame by frame.
void follow_tracks(ConvertedSource& converted);

/// About how many pixels of the frame the largest face's square has; 0 without any.
double largest_face_px(const ConvertedSource& converted);

/// The pixels of one swapped face, digests checked, its predicted mask among them where that is to be kept.
/// Throws Error kInput, kFormat.
SwappedFace load_face(const SwapRecord& swap, const MergeLook& look, bool keep_predicted = false);

}  // namespace understudy::stages
