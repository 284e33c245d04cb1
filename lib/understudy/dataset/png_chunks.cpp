#include "understudy/dataset/png_chunks.h"

#include <array>

#include "understudy/core/big_endian.h"
#include "understudy/core/error.h"
#include "understudy/core/text.h"

namespace understudy::dataset {
namespace {

constexpr std::size_t kHeaderBytes = 13;
constexpr std::uint32_t kMaxSide = 16384;
constexpr std::uint64_t kMaxDeflateRatio = 1032;

/// Samples of a pixel by colour type; 0 where the standard has no such type.
std::uint64_t samples_of(unsigned char color_type) {
  constexpr std::array<std::uint64_t, 7> kSamples = {1, 0, 3, 1, 2, 0, 4};
  return color_type < kSamples.size() ? kSamples[color_type] : 0;
}

/// A few bytes must not make the reader allocate a gigabyte.
void check_header(std::string_view header, std::uint64_t compressed_bytes, std::string_view where) {
  const std::uint64_t width = from_big_endian(header.substr(0, 4)),
                      height = from_big_endian(header.substr(4, 4));
  if (width == 0 || height == 0 || width > kMaxSide || height > kMaxSide)
    refuse_png(where,
               text("it claims ", width, "x", height, " pixels, at most ", kMaxSide, " a side are read"));
  const auto depth = static_cast<unsigned char>(header[8]);
  const std::uint64_t samples = samples_of(static_cast<unsigned char>(header[9]));
  if (samples == 0 || depth == 0 || depth > 16) refuse_png(where, "its header is damaged");
  const std::uint64_t pixel_bytes = (width * samples * depth + 7) / 8 * height;
  if (pixel_bytes > (compressed_bytes + 1) * kMaxDeflateRatio)
    refuse_png(where, text("it claims ", width, "x", height, " pixels, its ", compressed_bytes,
                           " bytes cannot hold them"));
}

}  // namespace

void refuse_png(std::string_view where, std::string_view why) {
  throw Error(ErrorCode::kFormat, text(where, " is not a usable PNG picture: ", why),
              "delete the picture, which removes the face, or make it anew");
}

std::vector<PngChunk> png_chunks(std::string_view bytes, std::string_view where) {
  if (!bytes.starts_with(kPngSignature)) refuse_png(where, "it does not begin as a PNG does");
  std::uint64_t at = kPngSignature.size(), compressed_bytes = 0;
  std::vector<PngChunk> chunks;
  while (chunks.empty() || chunks.back().name != "IEND") {
    const auto chunk = png_chunk_at(bytes, at);
    if (!chunk) refuse_png(where, "it is cut off");
    if (!chunk->is_whole) refuse_png(where, "the checksum of a chunk is wrong");
    if (chunks.empty() && (chunk->name != "IHDR" || chunk->content.size() != kHeaderBytes))
      refuse_png(where, "its header is damaged");
    if (chunk->name == "IDAT") compressed_bytes += chunk->content.size();
    chunks.push_back(*chunk);
    at += chunk->bytes();
  }
  if (at < bytes.size()) refuse_png(where, text("it has ", bytes.size() - at, " bytes behind its end"));
  check_header(chunks.front().content, compressed_bytes, where);
  return chunks;
}

}  // namespace understudy::dataset
