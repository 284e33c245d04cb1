#pragma once

#include <filesystem>
#include <map>
#include <string>

namespace understudy::media {

/// The key/value texts that a video container or a picture file carries (of the container itself, not of its
/// streams; TIFF's are lines "key=value" of its description, DPX keeps none). A folder answers for its first
/// picture. Throws Error kInput when the file is neither a video nor a picture.
std::map<std::string, std::string> read_metadata(const std::filesystem::path& path);

}  // namespace understudy::media
