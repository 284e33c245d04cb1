#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace understudy {

inline constexpr std::string_view kPngSignature("\x89PNG\r\n\x1a\n", 8);
/// Length, name and checksum, which a chunk has around its content.
inline constexpr std::size_t kPngAroundContent = 12;

/// One chunk of a PNG; views into the file's bytes.
struct PngChunk {
  std::string_view name;  ///< four letters
  std::string_view content;
  bool is_whole = false;  ///< its checksum fits

  std::uint64_t bytes() const { return content.size() + kPngAroundContent; }
};

/// The chunk that begins `at`; nothing where the file is too short for what it claims.
std::optional<PngChunk> png_chunk_at(std::string_view file, std::uint64_t at);

/// A chunk as bytes: length, name, content, checksum.
std::string png_chunk(std::string_view name, std::string_view content);

}  // namespace understudy
