#include <algorithm>
#include <vector>

#include "understudy/core/big_endian.h"
#include "understudy/provenance/c2pa/pictures.h"

namespace understudy::provenance::c2pa {
namespace {

constexpr std::string_view kApp11 = "\xff\xeb";
constexpr std::string_view kApp1 = "\xff\xe1";
constexpr std::string_view kXmpName("http://ns.adobe.com/xap/1.0/\0", 29);
constexpr std::size_t kStartOfImage = 2;
constexpr std::size_t kBoxHeader = 8;
/// What stands before a box's header in a segment: marker, length, "JP", the box's number, the segment's.
constexpr std::size_t kBeforeBox = 2 + 2 + 2 + 2 + 4;
constexpr std::size_t kMaxLength = 65535;  ///< of a segment, without its marker
constexpr std::size_t kMaxPiece = kMaxLength + 2 - kBeforeBox - kBoxHeader;

struct Segment {
  std::string_view bytes;    ///< the whole segment
  std::string_view payload;  ///< behind marker and length
  std::uint64_t start = 0;
};

[[noreturn]] void refuse(std::string_view where, std::uint64_t at, std::string_view why) {
  throw Error(ErrorCode::kFormat, text(where, " at byte ", at, ": ", why));
}

/// The segments before the first scan.
std::vector<Segment> segments(std::string_view file, std::string_view where) {
  constexpr unsigned kScan = 0xda, kEnd = 0xd9;
  std::vector<Segment> out;
  for (std::size_t at = kStartOfImage;;) {
    if (file.size() < at + 4 || file[at] != '\xff') refuse(where, at, "a JPEG segment was expected");
    const auto marker = static_cast<unsigned char>(file[at + 1]);
    if (marker == kScan || marker == kEnd) return out;
    const std::uint64_t length = from_big_endian(file.substr(at + 2, 2));
    if (length < 2 || length > file.size() - at - 2) refuse(where, at, "a JPEG segment that is cut short");
    out.push_back({file.substr(at, length + 2), file.substr(at + 4, length - 2), at});
    at += length + 2;
  }
}

/// A box of JUMBF, put together from its segments.
struct Carried {
  std::string box;
  std::string_view number;
  Range place;
  std::uint64_t segments = 1;
};

void add_segment(std::vector<Carried>& boxes, const Segment& segment, std::string_view where) {
  const std::string_view rest = segment.payload.substr(8);
  if (rest.size() < kBoxHeader) refuse(where, segment.start, "a segment of JUMBF that is too short");
  const std::string_view number = segment.payload.substr(2, 2);
  const std::uint64_t index = from_big_endian(segment.payload.substr(4, 4));
  if (index == 1) {
    boxes.push_back({std::string(rest), number, {segment.start, segment.bytes.size()}});
    return;
  }
  const bool follows = !boxes.empty() && boxes.back().number == number &&
                       index == boxes.back().segments + 1 &&
                       segment.start == boxes.back().place.start + boxes.back().place.length &&
                       boxes.back().box.starts_with(rest.substr(0, kBoxHeader));
  if (!follows) refuse(where, segment.start, "a segment of JUMBF that does not follow the one before");
  boxes.back().box += rest.substr(kBoxHeader);
  boxes.back().place.length += segment.bytes.size();
  ++boxes.back().segments;
}

bool is_store(const Carried& carried) {
  const std::string_view box = carried.box;
  return box.size() > 20 && box.substr(4, 4) == "jumb" && box.substr(12, 8) == "jumdc2pa";
}

std::string segment_bytes(std::string_view marker, std::string_view payload) {
  return text(marker, big_endian(payload.size() + 2, 2), payload);
}

}  // namespace

std::optional<FoundStore> find_jpeg_store(std::string_view file, std::string_view where) {
  std::vector<Carried> boxes;
  for (const Segment& segment : segments(file, where))
    if (segment.bytes.starts_with(kApp11) && segment.payload.starts_with("JP") && segment.payload.size() >= 8)
      add_segment(boxes, segment, where);
  std::erase_if(boxes, [](const Carried& carried) { return !is_store(carried); });
  if (boxes.empty()) return std::nullopt;
  if (boxes.size() > 1) refuse(where, boxes[1].place.start, "a second manifest store");
  const Carried& found = boxes.front();
  if (from_big_endian(std::string_view(found.box).substr(0, 4)) != found.box.size())
    refuse(where, found.place.start, "a manifest store of another size than its segments have");
  return FoundStore{found.box, found.place};
}

std::string jpeg_place_bytes(std::string_view store) {
  const std::string_view header = store.substr(0, kBoxHeader);
  std::string out;
  std::uint64_t index = 0;
  for (std::string_view rest = store.substr(header.size()); !rest.empty();) {
    const std::size_t size = std::min(rest.size(), kMaxPiece);
    out += segment_bytes(kApp11,
                         text("JP", big_endian(1, 2), big_endian(++index, 4), header, rest.substr(0, size)));
    rest.remove_prefix(size);
  }
  return out;
}

Layout make_jpeg_layout(std::string_view file, std::uint64_t store_bytes, std::string_view xmp,
                        std::string_view where) {
  if (const auto found = find_jpeg_store(file, where))
    refuse(where, found->place.start, "there are content credentials already");
  if (xmp.size() + kXmpName.size() + 2 > kMaxLength) refuse(where, 0, "XMP that does not fit into a segment");
  Layout out;
  out.kind = AssetKind::kJpeg;
  out.before = {file.substr(0, kStartOfImage)};
  out.place = {kStartOfImage, jpeg_place_bytes(std::string(store_bytes, '\0')).size()};
  if (!xmp.empty()) out.owned = {segment_bytes(kApp1, text(kXmpName, xmp))};
  out.after.assign(out.owned.begin(), out.owned.end());
  out.after.push_back(file.substr(kStartOfImage));
  return out;
}

}  // namespace understudy::provenance::c2pa
