#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "understudy/core/json.h"
#include "understudy/media/sequence_path.h"
#include "understudy/stages/merge_regions.h"

namespace understudy::stages {

/// The digests of the pictures that one merge wrote, for the signature over a whole sequence.
struct PictureDigests {
  std::string urn;                    ///< the delivery's, see merge_urn()
  std::vector<std::int64_t> frames;   ///< merged, ascending, also those that could not be had
  std::vector<ChangedFrame> changed;  ///< those of which faces were changed, ascending, without times
  struct Picture {
    std::string file;  ///< name without folders
    std::string sha256;
    bool operator==(const Picture&) const = default;
  };
  std::vector<Picture> pictures;
  bool operator==(const PictureDigests&) const = default;
};

/// Reads the pictures of `frames` that are there. Throws Error kInput.
PictureDigests digest_pictures(const media::SequencePattern& names, const std::string& urn,
                               const std::vector<std::int64_t>& frames,
                               const std::vector<ChangedFrame>& changed);

/// {"format":"understudy-digests","version":2,"urn",...}.
Json to_json(const PictureDigests& digests);
/// Also of version 1, which names changed frames without their faces. Throws Error kFormat, naming `where`
/// and the field.
PictureDigests digests_from_json(const Json& json, std::string_view where);

/// What lies in the list's place while a merge writes the pictures, so that an earlier merge's list is not
/// taken for this one's: {"format","version","urn","unfinished":true}.
Json unfinished_list(const std::string& urn);
/// Whether a file is that. False for one that cannot be read.
bool is_unfinished_list(const std::filesystem::path& file);

/// Where the digests of a whole sequence lie, beside its pictures: "digests.json" in a folder,
/// "frame.digests.json" for a pattern "frame.####.exr".
std::filesystem::path digests_file(const media::SequencePattern& names);

/// Leaves the digests of a part, such as "digests-001001-001030.json", and looks for those of the others.
/// All of them together once they cover `all` frames, else nothing: another part is not done. Any number of
/// parts may end at once. Throws Error kFormat when the pictures are no longer those that were digested.
std::optional<PictureDigests> join_parts(const media::SequencePattern& names, const PictureDigests& part,
                                         const std::vector<std::int64_t>& all);

}  // namespace understudy::stages
