#include "understudy/core/png_chunk.h"
#include "understudy/provenance/c2pa/pictures.h"

namespace understudy::provenance::c2pa {
namespace {

constexpr std::size_t kHeaderEnd = 33;  ///< behind IHDR, which is the first chunk and has 13 bytes
constexpr std::string_view kStore = "caBX";
/// Keyword of a text chunk, not compressed, without a language and a translated keyword.
constexpr std::string_view kXmpStart("XML:com.adobe.xmp\0\0\0\0\0", 22);

[[noreturn]] void refuse(std::string_view where, std::uint64_t at, std::string_view why) {
  throw Error(ErrorCode::kFormat, text(where, " at byte ", at, ": ", why));
}

}  // namespace

std::optional<FoundStore> find_png_store(std::string_view file, std::string_view where) {
  std::optional<FoundStore> found;
  for (std::uint64_t at = kPngSignature.size();;) {
    const auto chunk = png_chunk_at(file, at);
    if (!chunk) refuse(where, at, "a whole PNG chunk was expected");
    if (chunk->name == "IEND") return found;
    if (chunk->name == kStore) {
      if (found) refuse(where, at, "a second manifest store");
      if (!chunk->is_whole) refuse(where, at, "a manifest store with a wrong checksum");
      found = FoundStore{std::string(chunk->content), {at, chunk->bytes()}};
    }
    at += chunk->bytes();
  }
}

std::string png_place_bytes(std::string_view store) {
  return png_chunk(kStore, store);
}

Layout make_png_layout(std::string_view file, std::uint64_t store_bytes, std::string_view xmp,
                       std::string_view where) {
  if (const auto found = find_png_store(file, where))
    refuse(where, found->place.start, "there are content credentials already");
  constexpr std::string_view kHeader("\0\0\0\x0dIHDR", 8);
  if (file.size() < kHeaderEnd || file.substr(kPngSignature.size(), kHeader.size()) != kHeader)
    refuse(where, kPngSignature.size(), "a PNG file begins with IHDR");
  Layout out;
  out.kind = AssetKind::kPng;
  out.before = {file.substr(0, kHeaderEnd)};
  out.place = {kHeaderEnd, store_bytes + kPngAroundContent};
  if (!xmp.empty()) out.owned = {png_chunk("iTXt", text(kXmpStart, xmp))};
  out.after.assign(out.owned.begin(), out.owned.end());
  out.after.push_back(file.substr(kHeaderEnd));
  return out;
}

}  // namespace understudy::provenance::c2pa
