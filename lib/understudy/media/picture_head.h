#pragma once

#include <filesystem>

namespace understudy::media {

/// Throws Error kFormat for a DPX file (SMPTE ST 268) whose head tells of more user data than the file is
/// long, and for an OpenEXR file with an attribute longer than what is left of it: OpenImageIO 2.4 and
/// OpenEXR 3.1 make room for what a head says, up to 4 GB. Does nothing for any other file.
void check_picture_head(const std::filesystem::path& path);

}  // namespace understudy::media
