#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace understudy {

/// SHA-256 (FIPS 180-4) of bytes, as 64 lower-case hexadecimal digits.
std::string sha256(std::string_view bytes);
/// The same over a file's content, read in pieces. Throws Error kInput.
std::string sha256_file(const std::filesystem::path& path);

}  // namespace understudy
