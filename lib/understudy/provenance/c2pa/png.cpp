#include <zlib.h>

#include "understudy/core/big_endian.h"
#include "understudy/provenance/c2pa/pictures.h"

namespace understudy::provenance::c2pa {
namespace {

constexpr std::size_t kSignature = 8;
constexpr std::size_t kHeaderEnd = 33;   ///< behind IHDR, which is the first chunk and has 13 bytes
constexpr std::size_t kAroundData = 12;  ///< length, type and checksum of a chunk
constexpr std::string_view kStore = "caBX";
/// Keyword of a text chunk, not compressed, without a language and a translated keyword.
constexpr std::string_view kXmpStart("XML:com.adobe.xmp\0\0\0\0\0", 22);

[[noreturn]] void refuse(std::string_view where, std::uint64_t at, std::string_view why) {
  throw Error(ErrorCode::kFormat, text(where, " at byte ", at, ": ", why));
}

std::string checksum(std::string_view type_and_data) {
  return big_endian(::crc32(0, reinterpret_cast<const unsigned char*>(type_and_data.data()),
                            static_cast<unsigned>(type_and_data.size())),
                    4);
}

std::string chunk(std::string_view type, std::string_view data) {
  const std::string named = text(type, data);
  return big_endian(data.size(), 4) + named + checksum(named);
}

}  // namespace

std::optional<FoundStore> find_png_store(std::string_view file, std::string_view where) {
  std::optional<FoundStore> found;
  for (std::size_t at = kSignature;;) {
    if (file.size() < at + kAroundData) refuse(where, at, "a PNG chunk was expected");
    const std::uint64_t length = from_big_endian(file.substr(at, 4));
    if (length > file.size() - at - kAroundData) refuse(where, at, "a PNG chunk that is cut short");
    const std::string_view type = file.substr(at + 4, 4);
    if (type == "IEND") return found;
    if (type == kStore) {
      if (found) refuse(where, at, "a second manifest store");
      if (file.substr(at + 8 + length, 4) != checksum(file.substr(at + 4, length + 4)))
        refuse(where, at, "a manifest store with a wrong checksum");
      found = FoundStore{std::string(file.substr(at + 8, length)), {at, length + kAroundData}};
    }
    at += length + kAroundData;
  }
}

std::string png_place_bytes(std::string_view store) {
  return chunk(kStore, store);
}

Layout make_png_layout(std::string_view file, std::uint64_t store_bytes, std::string_view xmp,
                       std::string_view where) {
  if (const auto found = find_png_store(file, where))
    refuse(where, found->place.start, "there are content credentials already");
  constexpr std::string_view kHeader("\0\0\0\x0dIHDR", 8);
  if (file.size() < kHeaderEnd || file.substr(kSignature, kHeader.size()) != kHeader)
    refuse(where, kSignature, "a PNG file begins with IHDR");
  Layout out;
  out.kind = AssetKind::kPng;
  out.before = {file.substr(0, kHeaderEnd)};
  out.place = {kHeaderEnd, store_bytes + kAroundData};
  if (!xmp.empty()) out.owned = {chunk("iTXt", text(kXmpStart, xmp))};
  out.after.assign(out.owned.begin(), out.owned.end());
  out.after.push_back(file.substr(kHeaderEnd));
  return out;
}

}  // namespace understudy::provenance::c2pa
