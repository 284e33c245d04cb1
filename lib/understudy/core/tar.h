#pragma once

#include <string>
#include <string_view>

namespace understudy {

/// A file as it lies in a tar archive (POSIX ustar): header, content, filled up to whole blocks of 512 bytes.
/// Owner, time and mode say nothing (0, 1970, 0644): the same content gives the same bytes. Throws Error
/// kUsage for a name that ustar cannot hold: more than 100 bytes behind, or 155 before, a '/', or a zero
/// byte.
std::string tar_file(std::string_view name, std::string_view content);

/// What ends an archive.
std::string tar_end();

}  // namespace understudy
