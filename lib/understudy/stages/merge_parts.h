#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "understudy/media/source.h"
#include "understudy/stages/merge.h"
#include "understudy/stages/merge_digests.h"
#include "understudy/stages/merge_regions.h"

namespace understudy::stages {

/// In which parts are kept.
inline constexpr const char* kPartCodec = "ffv1";

/// Whether a merge writes one part of a delivery into MergeOptions::parts, or encodes a delivery from all of
/// them.
bool writes_part(const MergeOptions& options);
bool joins_parts(const MergeOptions& options);

/// What a merge of `wanted` frames really does: one that writes a part writes it losslessly, without a
/// watermark, as PARTS/FIRST-LAST.mkv; all others do what was asked. Throws Error kUsage for what cannot be
/// delivered by parts: pictures, elements, mattes, wipes, previews, plates of floats.
MergeOptions with_part(const MergeOptions& asked, const media::SourceInfo& plate,
                       const std::vector<std::int64_t>& wanted);

/// The options of the part that holds `wanted` (not empty).
MergeOptions options_of_part(const MergeOptions& asked, const std::vector<std::int64_t>& wanted);

/// What was merged before the delivery is encoded.
struct MergedPart {
  PictureDigests digests;  ///< the urn is that of all parts of the delivery, the picture the video
  std::vector<std::int64_t> left_out;  ///< frames that the plate could not give
};

/// Leaves the list of a part beside its video, once that is whole.
void write_part_list(const std::filesystem::path& video, const MergedPart& part);
/// Whether the very part is there already, whole.
bool has_part(const std::filesystem::path& video, const std::string& urn);

/// All parts of a delivery, read in the order of frames.
class MergedParts {
 public:
  /// Those in `folder` that were merged under `urn`. Throws Error kInput when one of `wanted` is in none of
  /// them, with the first that lack.
  MergedParts(const std::filesystem::path& folder, const std::string& urn,
              const std::vector<std::int64_t>& wanted, int threads);

  /// Puts what was merged in the place of the plate's samples. To be asked in ascending order. Throws Error
  /// kFormat for a part that is not what was merged.
  void replace(std::int64_t frame, media::Picture& picture);
  /// What was changed in it.
  std::vector<ChangedFace> changed(std::int64_t frame) const;

 private:
  struct Part {
    std::filesystem::path video;
    std::string sha256;
    std::vector<std::int64_t> written;  ///< frames of the video, in order
  };
  void open(std::size_t part);

  int threads_;
  std::vector<Part> parts_;
  std::map<std::int64_t, std::size_t> part_of_;
  std::map<std::int64_t, std::vector<ChangedFace>> changed_;
  std::size_t at_ = 0;
  std::unique_ptr<media::FrameSource> source_;  ///< of part at_; null: not opened yet
};

}  // namespace understudy::stages
