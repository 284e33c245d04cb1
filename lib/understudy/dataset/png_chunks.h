#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace understudy::dataset {

inline constexpr std::string_view kPngSignature("\x89PNG\r\n\x1a\n", 8);
/// Signature and IHDR chunk, which every PNG begins with.
inline constexpr std::size_t kPngHeadBytes = 8 + (4 + 4 + 13 + 4);

/// One chunk of a PNG; views into the file's bytes.
struct PngChunk {
  std::string_view name;  ///< four letters
  std::string_view content;
};

/// All chunks of a PNG, IHDR first, IEND last. Throws Error kFormat, naming `where`, when the bytes are cut
/// off, go on behind the end, a chunk's checksum is wrong, or the header claims what is not read (more than
/// 16384 pixels a side, or more than the compressed bytes can hold).
std::vector<PngChunk> png_chunks(std::string_view bytes, std::string_view where);

/// A chunk as bytes: length, name, content, checksum.
std::string png_chunk(std::string_view name, std::string_view content);

[[noreturn]] void refuse_png(std::string_view where, std::string_view why);

}  // namespace understudy::dataset
