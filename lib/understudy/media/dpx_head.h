#pragma once

#include <filesystem>

namespace understudy::media {

/// Throws Error kFormat for a DPX file (SMPTE ST 268) whose head tells of more user data than the file is
/// long: OpenImageIO 2.4 makes room for what the head says, up to 4 GB. Does nothing for any other file.
void check_dpx_head(const std::filesystem::path& path);

}  // namespace understudy::media
