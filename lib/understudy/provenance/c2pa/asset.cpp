#include "understudy/provenance/c2pa/asset.h"

#include <cerrno>
#include <cstring>
#include <fstream>

#include "understudy/core/big_endian.h"
#include "understudy/core/hash.h"
#include "understudy/core/mapped_bytes.h"
#include "understudy/provenance/c2pa/bmff.h"
#include "understudy/provenance/c2pa/pictures.h"

namespace understudy::provenance::c2pa {
namespace {

constexpr const char* kDigest = "sha256";
constexpr std::size_t kDigestBytes = 32;

/// What the three kinds of files do in their own way.
struct Format {
  std::optional<FoundStore> (*find)(std::string_view, std::string_view);
  Layout (*make)(std::string_view, std::uint64_t, std::string_view, std::string_view);
  std::string (*place)(std::string_view);
};

const Format& format_of(AssetKind kind) {
  static const Format bmff{find_bmff_store, make_bmff_layout, bmff_place_bytes};
  static const Format jpeg{find_jpeg_store, make_jpeg_layout, jpeg_place_bytes};
  static const Format png{find_png_store, make_png_layout, png_place_bytes};
  return kind == AssetKind::kBmff ? bmff : kind == AssetKind::kJpeg ? jpeg : png;
}

/// bmff_hash() of a file that is not there yet.
std::string layout_bmff_hash(const Layout& layout) {
  Hash hash(kDigest);
  std::uint64_t at = layout.place.start + layout.place.length;
  for (const std::string_view box : layout.after) {
    if (box.substr(4, 4) != "mfra") {
      hash.add(big_endian(at, 8));
      hash.add(box);
    }
    at += box.size();
  }
  return hash.finish();
}

std::string layout_data_hash(const Layout& layout) {
  Hash hash(kDigest);
  for (const std::string_view part : layout.before) hash.add(part);
  for (const std::string_view part : layout.after) hash.add(part);
  return hash.finish();
}

Cbor exclusions_value() {
  Cbor::Array out;
  for (const BmffExclusion& exclusion : mandatory_exclusions()) {
    Cbor item;
    item.set("xpath", exclusion.xpath);
    Cbor::Array data;
    for (const BmffExclusion::Data& each : exclusion.data)
      data.push_back(Cbor::Map{{"offset", each.offset}, {"value", Cbor::bytes(each.value)}});
    if (!data.empty()) item.set("data", std::move(data));
    out.push_back(std::move(item));
  }
  return out;
}

}  // namespace

std::optional<AssetKind> asset_kind(std::string_view file) {
  if (file.size() >= 8 && file.substr(4, 4) == "ftyp") return AssetKind::kBmff;
  if (file.starts_with("\xff\xd8\xff")) return AssetKind::kJpeg;
  if (file.starts_with("\x89PNG\r\n\x1a\n")) return AssetKind::kPng;
  return std::nullopt;
}

std::optional<FoundStore> find_store(std::string_view file, AssetKind kind, std::string_view where) {
  return format_of(kind).find(file, where);
}

Layout make_layout(std::string_view file, AssetKind kind, std::uint64_t store_bytes, std::string_view xmp,
                   std::string_view where) {
  return format_of(kind).make(file, store_bytes, xmp, where);
}

std::string place_bytes(AssetKind kind, std::string_view store) {
  return format_of(kind).place(store);
}

HardBinding hard_binding(const Layout& layout, bool hashed) {
  const bool is_bmff = layout.kind == AssetKind::kBmff;
  std::string digest(kDigestBytes, '\0');
  if (hashed) digest = is_bmff ? layout_bmff_hash(layout) : layout_data_hash(layout);
  Cbor value;
  value.set("alg", kDigest);
  value.set("hash", Cbor::bytes(digest));
  value.set("name", "understudy");
  if (is_bmff) {
    value.set("exclusions", exclusions_value());
    return {"c2pa.hash.bmff.v3", std::move(value)};
  }
  value.set("pad", Cbor::bytes(""));
  value.set("exclusions",
            Cbor::Array{Cbor::Map{{"start", layout.place.start}, {"length", layout.place.length}}});
  return {"c2pa.hash.data", std::move(value)};
}

void write_layout(const Layout& layout, std::string_view store, const std::filesystem::path& path,
                  std::string_view shown) {
  std::ofstream file(path, std::ios::binary);
  const auto write = [&](std::string_view bytes) {
    use_in_blocks(bytes, [&](std::string_view block) {
      file.write(block.data(), static_cast<std::streamsize>(block.size()));
    });
  };
  for (const std::string_view part : layout.before) write(part);
  write(place_bytes(layout.kind, store));
  for (const std::string_view part : layout.after) write(part);
  file.close();
  if (!file)
    throw Error(ErrorCode::kResource, text("cannot write ", shown, ": ", std::strerror(errno)),
                "free some space or choose another output folder, then run the same command again");
}

std::string data_hash(std::string_view file, const std::vector<Range>& exclusions, std::string_view algorithm,
                      std::string_view where) {
  Hash hash(algorithm);
  std::uint64_t at = 0;
  for (const Range& exclusion : exclusions) {
    if (exclusion.start < at || exclusion.start > file.size() ||
        exclusion.length > file.size() - exclusion.start)
      throw Error(ErrorCode::kFormat,
                  text(where, ": bytes ", exclusion.start, " + ", exclusion.length,
                       " are left out, which are out of order or outside the file's ", file.size()));
    hash.add(file.substr(at, exclusion.start - at));
    at = exclusion.start + exclusion.length;
  }
  hash.add(file.substr(at));
  return hash.finish();
}

}  // namespace understudy::provenance::c2pa
