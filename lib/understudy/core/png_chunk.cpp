#include "understudy/core/png_chunk.h"

#include <zlib.h>

#include "understudy/core/big_endian.h"
#include "understudy/core/text.h"

namespace understudy {
namespace {

std::uint64_t checksum(std::string_view name_and_content) {
  return ::crc32_z(0, reinterpret_cast<const unsigned char*>(name_and_content.data()),
                   name_and_content.size());
}

}  // namespace

std::optional<PngChunk> png_chunk_at(std::string_view file, std::uint64_t at) {
  if (at > file.size() || file.size() - at < kPngAroundContent) return std::nullopt;
  const std::string_view rest = file.substr(at);
  const std::uint64_t length = from_big_endian(rest.substr(0, 4));
  if (length > rest.size() - kPngAroundContent) return std::nullopt;
  return PngChunk{rest.substr(4, 4), rest.substr(8, length),
                  checksum(rest.substr(4, 4 + length)) == from_big_endian(rest.substr(8 + length, 4))};
}

std::string png_chunk(std::string_view name, std::string_view content) {
  const std::string body = text(name, content);
  return big_endian(content.size(), 4) + body + big_endian(checksum(body), 4);
}

}  // namespace understudy
