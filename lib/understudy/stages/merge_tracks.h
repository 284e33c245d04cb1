#pragma once

#include <filesystem>
#include <string>

#include "understudy/media/source.h"
#include "understudy/stages/merge_input.h"

namespace understudy::stages {

/// Writes where the faces are, for programs that put things onto them: into `folder`, which is there,
/// tracks.json, tracks.nk for Nuke, and for each track and group of landmarks the points as 3DEqualizer's
/// ASCII; see docs/formats/elements.md. Of all converted frames that the plate has, whatever part is merged,
/// so that several jobs write the same. Throws Error kResource.
void write_tracks(const std::filesystem::path& folder, const ConvertedSource& converted,
                  const media::SourceInfo& plate, const std::string& plate_sha256);

}  // namespace understudy::stages
