#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "understudy/core/png_chunk.h"

namespace understudy::dataset {

/// Signature and IHDR chunk, which every PNG begins with.
inline constexpr std::size_t kPngHeadBytes = 8 + (4 + 4 + 13 + 4);

/// All chunks of a PNG, IHDR first, IEND last. Throws Error kFormat, naming `where`, when the bytes are cut
/// off, go on behind the end, a chunk's checksum is wrong, or the header claims what is not read (more than
/// 16384 pixels a side, or more than the compressed bytes can hold).
std::vector<PngChunk> png_chunks(std::string_view bytes, std::string_view where);

[[noreturn]] void refuse_png(std::string_view where, std::string_view why);

}  // namespace understudy::dataset
