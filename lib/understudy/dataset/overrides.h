#pragma once

#include <filesystem>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "understudy/dataset/dataset.h"

namespace understudy::dataset {

/// What a person corrected of one face: a line of overrides/*.jsonl.
struct Override {
  std::string source;
  std::int64_t frame = 0;
  int face = 0;
  face::Box box;      ///< where the face was when it was corrected: it is found again by it when faces are
                      ///< numbered anew
  bool skip = false;  ///< no program uses the face
  std::optional<face::Landmarks> landmarks;  ///< in plate pixels
  std::string mask;                          ///< file name of a PNG in overrides/SOURCE/; empty: none
  std::string mask_sha256;
  face::Affine mask_from_frame = face::Affine::eye();  ///< 2x3, plate pixels to the mask's
  std::string identity;                                ///< the person's name; empty: not corrected
  std::string track_identity;  ///< the person's name in the face's track from this face on, up to the next
                               ///< face that has one; the track's first holds for what is before it too

  /// Whether anything of the face itself is corrected.
  bool says_something() const { return skip || landmarks || !mask.empty() || !identity.empty(); }
};

/// Throws Error kUsage when `name` cannot be a person's.
void check_person_name(const std::string& name);

/// Source id, frame and face number in words.
std::string override_name(const Override& correction);

Json to_json(const Override& correction);
/// Throws Error kFormat, naming `where`.
Override override_from_json(const Json& json, std::string_view where);

/// The corrections of one source, by frame and face: all overrides/*.jsonl in the order of their names, of
/// several lines for one face the last. Throws Error kFormat for a line that cannot be read, whose digest is
/// not that of its content, or that has none and a key that is not known: a face that should be skipped must
/// not slip through.
std::vector<Override> read_overrides(const Dataset& dataset, const std::string& source);

/// Writes overrides/SOURCE.jsonl anew, each line sealed; see seal.h. Throws Error kResource.
void write_overrides(const Dataset& dataset, const std::string& source,
                     std::span<const Override> corrections);

/// Where the picture of a corrected mask lies.
std::filesystem::path override_mask_path(const Dataset& dataset, const Override& correction);

/// Corrections by the frame and number of the face that each is of now.
struct MatchedOverrides {
  std::map<std::pair<std::int64_t, int>, Override> by_face;
  std::vector<Override> unmatched;  ///< there is no such face
};

/// Each correction belongs to the face of its number, where the boxes overlap by at least 0.3, else to the
/// face of its frame whose box it overlaps most, by 0.3 at least.
MatchedOverrides match_overrides(std::span<const Override> corrections,
                                 std::span<const FaceRecord* const> records);

/// What to say of a correction that fits no face.
std::string unmatched_sentence(const Override& correction);

}  // namespace understudy::dataset
