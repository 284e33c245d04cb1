#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "understudy/stages/merge.h"
#include "understudy/stages/merge_frame.h"

namespace understudy::stages {

/// Writes a sheet for people to look at, options.output, a PNG: for each face of the job's wanted frames the
/// plate, both crops, the matte, every colour match and blend mode, the result and what it changes, all made
/// as merge would make them. `plate` delivers the wanted frames and those within the job's radius. The sheet
/// has room for kSheetBlocks faces; a face that cannot be had is a failure in the report. Gives the number of
/// faces, or nothing when told to stop. `signed_sheet` gives the PNG its credentials. Throws Error kInput
/// when no wanted frame can be decoded, kResource.
std::optional<std::int64_t> write_preview(const MergeOptions& options, MergeJob job,
                                          media::FrameSource& plate, RotoMatte* roto,
                                          const std::map<std::string, std::string>& marking, Run& run,
                                          const std::function<std::string(std::string_view)>& signed_sheet);

}  // namespace understudy::stages
