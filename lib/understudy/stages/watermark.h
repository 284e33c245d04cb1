#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "understudy/media/source.h"
#include "understudy/provenance/watermark/mark.h"
#include "understudy/provenance/watermark/read.h"

namespace understudy::stages {

/// The samples of `picture` (shared, not copied) as the watermark takes them: luma or grey, or all three
/// channels. Alpha and chroma are left out.
provenance::MarkedPlanes marked_planes(const media::Picture& picture);

/// What recover_watermark() may spend.
struct RecoverOptions {
  int most_frames = 240;  ///< read at most so many, spread evenly over the file
  bool near_keys =
      false;  ///< those that are decoded soonest instead: the first ones from keys on, which are spread
  bool search = true;  ///< for pictures that were cropped, stretched or put between bars since
  int threads = 1;
};

/// The mark in the pictures of a video, a folder or pattern of pictures, or a single picture. Stops reading
/// as soon as it is found. Frames that cannot be decoded are passed over. Throws as media::open_source().
std::optional<provenance::WatermarkFinding> recover_watermark(const std::filesystem::path& path,
                                                              const RecoverOptions& options = {});
/// The same of one that is open already. Selects frames in it.
std::optional<provenance::WatermarkFinding> recover_watermark(media::FrameSource& source,
                                                              const RecoverOptions& options);

/// The same, to the end: every mark, as pictures hold several that were cropped and marked again.
std::vector<provenance::WatermarkFinding> recover_watermarks(const std::filesystem::path& path,
                                                             const RecoverOptions& options = {});

}  // namespace understudy::stages
