#include "understudy/dataset/png_chunks.h"

#include <zlib.h>

#include <array>

#include "understudy/core/big_endian.h"
#include "understudy/core/error.h"
#include "understudy/core/text.h"

namespace understudy::dataset {
namespace {

constexpr std::size_t kFrame = 12;  // what a chunk has around its content: length, name, checksum
constexpr std::size_t kHeaderBytes = 13;
constexpr std::uint32_t kMaxSide = 16384;
constexpr std::uint64_t kMaxDeflateRatio = 1032;

std::uint32_t checksum(std::string_view bytes) {
  return static_cast<std::uint32_t>(
      crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size())));
}

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
  std::string_view rest = bytes.substr(kPngSignature.size());
  std::vector<PngChunk> chunks;
  std::uint64_t compressed_bytes = 0;
  while (chunks.empty() || chunks.back().name != "IEND") {
    if (rest.size() < kFrame) refuse_png(where, "it is cut off");
    const std::size_t length = from_big_endian(rest.substr(0, 4));
    if (length > rest.size() - kFrame)
      refuse_png(where, text("a chunk claims ", length, " bytes, ", rest.size() - kFrame, " are left"));
    const PngChunk chunk{rest.substr(4, 4), rest.substr(8, length)};
    if (checksum(rest.substr(4, 4 + length)) != from_big_endian(rest.substr(8 + length, 4)))
      refuse_png(where, "the checksum of a chunk is wrong");
    if (chunks.empty() && (chunk.name != "IHDR" || length != kHeaderBytes))
      refuse_png(where, "its header is damaged");
    if (chunk.name == "IDAT") compressed_bytes += length;
    chunks.push_back(chunk);
    rest.remove_prefix(kFrame + length);
  }
  if (!rest.empty()) refuse_png(where, text("it has ", rest.size(), " bytes behind its end"));
  check_header(chunks.front().content, compressed_bytes, where);
  return chunks;
}

std::string png_chunk(std::string_view name, std::string_view content) {
  const std::string body = text(name, content);
  return big_endian(content.size(), 4) + body + big_endian(checksum(body), 4);
}

}  // namespace understudy::dataset
