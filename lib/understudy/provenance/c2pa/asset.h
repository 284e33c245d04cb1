#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "understudy/provenance/c2pa/cbor.h"

namespace understudy::provenance::c2pa {

/// The files that hold a manifest store themselves. All functions here work on a whole file's bytes, which
/// are meant to be mapped (see MappedBytes), not read: they may be many gigabytes.
enum class AssetKind { kBmff, kJpeg, kPng };

/// What a file is, by its first bytes; nothing for any other kind. MP4 and MOV begin with `ftyp`.
std::optional<AssetKind> asset_kind(std::string_view file);

/// A stretch of a file.
struct Range {
  std::uint64_t start = 0, length = 0;
  bool operator==(const Range&) const = default;
};

/// A store and where it lies: the uuid box, the APP11 segments or the caBX chunk, header and all.
struct FoundStore {
  std::string store;  ///< JUMBF
  Range place;
};

/// The store in a file, nothing when there is none. Throws Error kFormat, naming `where`: the file is damaged
/// on the way to it, it has several stores, bytes that are not zero behind the store in its box, or boxes of
/// C2PA that are not a whole manifest store (fragmented files have those).
std::optional<FoundStore> find_store(std::string_view file, AssetKind kind, std::string_view where);

/// A file with room for a store: `before`, the store's place, `after`, one behind the other. Views into the
/// original file, which must outlive it, and into `owned`.
struct Layout {
  Layout() = default;
  Layout(Layout&&) = default;
  Layout& operator=(Layout&&) = default;

  AssetKind kind = AssetKind::kBmff;
  std::vector<std::string_view> before, after;  ///< of MP4 and MOV, each is a whole box of the file's root
  std::vector<std::string> owned;               ///< what had to be changed, or was added
  Range place;
};

/// Makes room for a store of `store_bytes` bytes in a file that has none, and adds `xmp`, a packet of XMP,
/// unless that is empty. Offsets into the file are moved along; 32-bit ones become 64-bit ones when one
/// no longer fits. Throws Error kFormat, naming `where`, for a damaged file, one that has a store, and one
/// that is fragmented.
Layout make_layout(std::string_view file, AssetKind kind, std::uint64_t store_bytes, std::string_view xmp,
                   std::string_view where);

/// The place's bytes: the store in what its kind of file wraps around it.
std::string place_bytes(AssetKind kind, std::string_view store);

/// The label and the value of the assertion that binds a manifest to the layout's content: c2pa.hash.bmff.v3
/// with the mandatory exclusions, or c2pa.hash.data. With `hashed` false the digest is zeros of the same
/// size.
struct HardBinding {
  const char* label;
  Cbor value;
};
HardBinding hard_binding(const Layout& layout, bool hashed);

/// Writes layout and store as a new file, synced by nobody yet. Throws Error kResource, which speaks of
/// `shown`.
void write_layout(const Layout& layout, std::string_view store, const std::filesystem::path& path,
                  std::string_view shown);

/// A box of an MP4 or MOV file that a BMFF hash leaves out. Boxes below the root are not asked for.
struct BmffExclusion {
  std::string xpath;  ///< "/" and a type
  struct Data {
    std::uint64_t offset = 0;  ///< from the box's first byte
    std::string value;         ///< what stands there
  };
  std::vector<Data> data = {};  ///< all must fit
};

/// The three that a c2pa.hash.bmff.v3 must have, and ours has no others.
const std::vector<BmffExclusion>& mandatory_exclusions();

/// The digest of c2pa.hash.bmff.v2 and .v3 without Merkle trees: every box of the root that is not left out,
/// each behind its offset (8 bytes). Throws Error kFormat, naming `where`, when the boxes do not fill the
/// file.
std::string bmff_hash(std::string_view file, const std::vector<BmffExclusion>& exclusions,
                      std::string_view algorithm, std::string_view where);

/// The digest of c2pa.hash.data: every byte outside of `exclusions`, which must be in order, apart, and
/// inside the file. Throws Error kFormat, naming `where`.
std::string data_hash(std::string_view file, const std::vector<Range>& exclusions, std::string_view algorithm,
                      std::string_view where);

}  // namespace understudy::provenance::c2pa
