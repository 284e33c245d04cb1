#include "understudy/provenance/c2pa/bmff.h"

#include <algorithm>
#include <functional>
#include <limits>

#include "understudy/core/big_endian.h"
#include "understudy/core/hash.h"
#include "understudy/provenance/c2pa/jumbf.h"

namespace understudy::provenance::c2pa {
namespace {

constexpr std::string_view kC2paUuid("\xd8\xfe\xc3\xd6\x1b\x0e\x48\x3c\x92\x97\x58\x28\x87\x7e\xc4\x81", 16);
constexpr std::string_view kXmpUuid("\xbe\x7a\xcf\xcb\x97\xa9\x42\xe8\x9c\x71\x99\x94\x91\xe3\xaf\xac", 16);
/// Behind the uuid of a store's box: version and flags, purpose, the offset of a Merkle box (none).
constexpr std::string_view kPurpose("\0\0\0\0manifest\0", 13);
constexpr std::size_t kMerkleOffset = 8;
constexpr std::uint64_t kMax32 = std::numeric_limits<std::uint32_t>::max();

[[noreturn]] void refuse(std::string_view where, std::uint64_t at, std::string_view why) {
  throw Error(ErrorCode::kFormat, text(where, " at byte ", at, ": ", why));
}

bool is_c2pa(const BmffBox& box) {
  return box.type == "uuid" && box.payload.starts_with(kC2paUuid);
}

/// Where a byte of the old file lies in the new one.
using Move = std::function<std::uint64_t(std::uint64_t)>;

/// Writes `moov` anew with other offsets in it.
class Rewriter {
 public:
  Rewriter(Move move, bool wide, std::string_view udta, std::string_view where)
      : move_(std::move(move)), wide_(wide), udta_(udta), where_(where) {}

  std::string movie(const BmffBox& moov) {
    std::string out;
    bool has_user_data = udta_.empty();
    for (const BmffBox& child : children(moov)) {
      const bool is_place = child.type == "udta" && !has_user_data;
      out += is_place ? box_bytes("udta", text(udta_, child.payload)) : box(child);
      has_user_data |= is_place;
    }
    return box_bytes("moov", has_user_data ? out : out + box_bytes("udta", udta_));
  }

  /// Whether an offset did not fit into 32 bits.
  bool overflowed() const { return overflowed_; }

 private:
  std::vector<BmffBox> children(const BmffBox& parent) const {
    return bmff_boxes(parent.payload, parent.start + parent.bytes.size() - parent.payload.size(), where_);
  }

  std::string box(const BmffBox& box) {
    if (box.type == "stco") return box_bytes(wide_ ? "co64" : "stco", table(box, 4, 4, wide_ ? 8 : 4));
    if (box.type == "co64") return box_bytes("co64", table(box, 4, 8, 8));
    if (box.type == "saio") return box_bytes("saio", auxiliary(box));
    constexpr std::string_view kHoldOffsets[] = {"trak", "mdia", "minf", "stbl"};
    if (std::find(std::begin(kHoldOffsets), std::end(kHoldOffsets), box.type) == std::end(kHoldOffsets))
      return std::string(box.bytes);
    std::string out;
    for (const BmffBox& child : children(box)) out += this->box(child);
    return box_bytes(box.type, out);
  }

  /// Version, flags and what else is before the count, then the count and as many offsets.
  std::string table(const BmffBox& box, std::size_t before, std::size_t from_bytes, int to_bytes) {
    const std::string_view payload = box.payload;
    const std::size_t first = before + 4;
    const std::uint64_t count = payload.size() < first ? 0 : from_big_endian(payload.substr(before, 4));
    if (payload.size() < first || payload.size() - first != count * from_bytes)
      refuse(where_, box.start,
             text("the box '", box.type, "' does not have the size that its count asks for"));
    std::string out(payload.substr(0, first));
    for (std::size_t at = first; at < payload.size(); at += from_bytes) {
      const std::uint64_t moved = move_(from_big_endian(payload.substr(at, from_bytes)));
      overflowed_ |= to_bytes == 4 && moved > kMax32;
      out += big_endian(moved, to_bytes);
    }
    return out;
  }

  std::string auxiliary(const BmffBox& box) {
    if (box.payload.size() < 4) refuse(where_, box.start, "a 'saio' box that is too short");
    const bool names_type = box.payload[3] & 1, is_wide = box.payload[0] != 0;
    return table(box, names_type ? 12 : 4, is_wide ? 8 : 4, is_wide ? 8 : 4);
  }

  Move move_;
  bool wide_;
  std::string udta_;  ///< what is added to the movie's user data
  std::string_view where_;
  bool overflowed_ = false;
};

std::vector<BmffBox> root_to_sign(std::string_view file, std::string_view where) {
  std::vector<BmffBox> root = bmff_boxes(file, 0, where);
  for (const BmffBox& box : root) {
    if (is_c2pa(box)) refuse(where, box.start, "there are content credentials already");
    if (box.type == "moof" || box.type == "sidx" || box.type == "meta")
      refuse(where, box.start, text("the box '", box.type, "': only flat MP4 and MOV files can be signed"));
  }
  if (root.empty() || root.front().type != "ftyp") refuse(where, 0, "the file does not begin with 'ftyp'");
  if (root.size() == 1) refuse(where, 0, "the file holds nothing but 'ftyp'");
  return root;
}

std::uint64_t moved_offset(std::uint64_t old, const std::vector<BmffBox>& root,
                           const std::vector<std::uint64_t>& starts, std::string_view where) {
  for (std::size_t i = root.size(); i-- > 1;)
    if (old >= root[i].start) {
      if (old > root[i].start + root[i].bytes.size()) refuse(where, old, "an offset behind the end");
      return old - root[i].start + starts[i - 1];
    }
  refuse(where, old, "an offset that points before the media");
}

/// The boxes behind `ftyp` as they will be, the first of them at `first`. Into `owned` goes what was changed.
class Arrangement {
 public:
  Arrangement(const std::vector<BmffBox>& root, std::uint64_t first, std::string_view udta,
              std::string_view where)
      : root_(root), first_(first), udta_(udta), where_(where) {}

  std::vector<std::string_view> boxes(std::vector<std::string>& owned) {
    for (const bool wide : {false, true}) {
      starts_.clear();
      for (std::size_t i = 1; i < root_.size(); ++i) starts_.push_back(root_[i].start);
      rewrite(wide, owned);  // finds how large `moov` gets
      if (const auto out = rewrite(wide, owned)) return *out;
    }
    refuse(where_, 0, "an offset of 32 bits that cannot be moved far enough");
  }

 private:
  /// Moves every offset by the starts that are known, then notes the new ones. Nothing when one did not fit.
  std::optional<std::vector<std::string_view>> rewrite(bool wide, std::vector<std::string>& owned) {
    const Move move = [&](std::uint64_t old) { return moved_offset(old, root_, starts_, where_); };
    Rewriter rewriter(move, wide, udta_, where_);
    std::vector<std::string_view> out;
    for (std::size_t i = 1; i < root_.size(); ++i) {
      if (root_[i].type == "moov") owned[i] = rewriter.movie(root_[i]);
      out.push_back(root_[i].type == "moov" ? std::string_view(owned[i]) : root_[i].bytes);
    }
    std::uint64_t at = first_;
    for (std::size_t i = 0; i < out.size(); at += out[i].size(), ++i) starts_[i] = at;
    if (rewriter.overflowed()) return std::nullopt;
    return out;
  }

  const std::vector<BmffBox>& root_;
  std::uint64_t first_;
  std::string_view udta_, where_;
  std::vector<std::uint64_t> starts_;
};

bool data_fits(const BmffBox& box, const std::vector<BmffExclusion::Data>& all) {
  return std::all_of(all.begin(), all.end(), [&](const BmffExclusion::Data& data) {
    return data.offset <= box.bytes.size() && box.bytes.substr(data.offset).starts_with(data.value);
  });
}

}  // namespace

std::vector<BmffBox> bmff_boxes(std::string_view bytes, std::uint64_t start, std::string_view where) {
  std::vector<BmffBox> out;
  while (!bytes.empty()) {
    if (bytes.size() < 8) refuse(where, start, text(bytes.size(), " bytes are left, no box"));
    std::uint64_t size = from_big_endian(bytes.substr(0, 4)), header = 8;
    if (size == 1 && bytes.size() >= 16) {
      size = from_big_endian(bytes.substr(8, 8));
      header = 16;
    }
    if (size == 0) size = bytes.size();
    if (size < header || size > bytes.size())
      refuse(where, start, text("a box of ", size, " bytes where ", bytes.size(), " are"));
    out.push_back({bytes.substr(4, 4), bytes.substr(0, size), bytes.substr(header, size - header), start});
    bytes.remove_prefix(size);
    start += size;
  }
  return out;
}

std::optional<FoundStore> find_bmff_store(std::string_view file, std::string_view where) {
  std::optional<FoundStore> found;
  for (const BmffBox& box : bmff_boxes(file, 0, where)) {
    if (!is_c2pa(box)) continue;
    if (found) refuse(where, box.start, "a second box of content credentials");
    std::string_view rest = box.payload.substr(kC2paUuid.size());
    if (!rest.starts_with(kPurpose) || rest.size() < kPurpose.size() + kMerkleOffset + 8)
      refuse(where, box.start, "a box of content credentials that is no manifest store");
    rest.remove_prefix(kPurpose.size());
    if (from_big_endian(rest.substr(0, kMerkleOffset)) != 0)
      refuse(where, box.start, "a manifest store with Merkle trees, which are not read here");
    rest.remove_prefix(kMerkleOffset);
    const std::uint64_t size = from_big_endian(rest.substr(0, 4));
    if (size < 8 || size > rest.size())
      refuse(where, box.start, text("a manifest store of ", size, " bytes"));
    if (rest.find_first_not_of('\0', size) != std::string_view::npos)
      refuse(where, box.start, "bytes that are not zero behind the manifest store");
    found = FoundStore{std::string(rest.substr(0, size)), {box.start, box.bytes.size()}};
  }
  return found;
}

std::string bmff_place_bytes(std::string_view store) {
  return box_bytes("uuid", text(kC2paUuid, kPurpose, std::string(kMerkleOffset, '\0'), store));
}

Layout make_bmff_layout(std::string_view file, std::uint64_t store_bytes, std::string_view xmp,
                        std::string_view where) {
  const std::vector<BmffBox> root = root_to_sign(file, where);
  const bool is_quicktime = root.front().payload.starts_with("qt  ");
  const std::string udta = is_quicktime && !xmp.empty() ? box_bytes("XMP_", xmp) : "";
  Layout out;
  out.before = {root.front().bytes};
  out.place = {root.front().bytes.size(), bmff_place_bytes("").size() + store_bytes};
  out.owned.resize(root.size() + 1);
  if (!is_quicktime && !xmp.empty()) out.owned.back() = box_bytes("uuid", text(kXmpUuid, xmp));

  const std::uint64_t first = out.place.start + out.place.length + out.owned.back().size();
  out.after = Arrangement(root, first, udta, where).boxes(out.owned);
  if (!out.owned.back().empty()) out.after.insert(out.after.begin(), out.owned.back());
  return out;
}

const std::vector<BmffExclusion>& mandatory_exclusions() {
  static const std::vector<BmffExclusion> all = {
      {"/uuid", {{8, std::string(kC2paUuid)}}}, {"/ftyp"}, {"/mfra"}};
  return all;
}

std::string bmff_hash(std::string_view file, const std::vector<BmffExclusion>& exclusions,
                      std::string_view algorithm, std::string_view where) {
  Hash hash(algorithm);
  for (const BmffBox& box : bmff_boxes(file, 0, where)) {
    const bool is_left_out =
        std::any_of(exclusions.begin(), exclusions.end(), [&](const BmffExclusion& exclusion) {
          return exclusion.xpath == text("/", box.type) && data_fits(box, exclusion.data);
        });
    if (is_left_out) continue;
    hash.add(big_endian(box.start, 8));
    hash.add(box.bytes);
  }
  return hash.finish();
}

}  // namespace understudy::provenance::c2pa
