#include "understudy/provenance/c2pa/jumbf.h"

#include <set>

#include "understudy/core/big_endian.h"
#include "understudy/core/error.h"
#include "understudy/core/text.h"

namespace understudy::provenance::c2pa {
namespace {

constexpr std::size_t kHeader = 8;
constexpr int kMaxDepth = 16;
constexpr std::string_view kUuidEnd("\x00\x11\x00\x10\x80\x00\x00\xaa\x00\x38\x9b\x71", 12);
constexpr std::size_t kUuid = 16;
/// The type of a box with an embedded file, such as a thumbnail: the one that is no four characters.
constexpr std::string_view kEmbeddedFile("\x40\xcb\x0c\x32\xbb\x8a\x48\x9d\xa7\x0b\x2a\xd6\xf4\x7f\x43\x69",
                                         kUuid);
constexpr unsigned kRequestable = 1, kLabelled = 2, kPrivate = 16;

struct RawBox {
  std::string_view type, payload, bytes;
};

class Parser {
 public:
  Parser(std::string_view bytes, std::string_view where) : bytes_(bytes), where_(where) {}

  Superbox whole() const {
    const std::vector<RawBox> boxes = boxes_in(bytes_);
    if (boxes.size() != 1) fail(bytes_, text("one box was expected, found ", boxes.size()));
    return superbox(boxes.front(), 0);
  }

 private:
  [[noreturn]] void fail(std::string_view at, std::string_view why) const {
    throw Error(ErrorCode::kFormat,
                text(where_, " is no valid JUMBF at byte ", at.data() - bytes_.data(), ": ", why));
  }

  std::vector<RawBox> boxes_in(std::string_view rest) const {
    std::vector<RawBox> out;
    while (!rest.empty()) {
      if (rest.size() < kHeader) fail(rest, text(rest.size(), " bytes are left, no box"));
      const std::uint64_t size = from_big_endian(rest.substr(0, 4));
      if (size < kHeader || size > rest.size())
        fail(rest, text("a box of ", size, " bytes where ", rest.size(), " are"));
      out.push_back({rest.substr(4, 4), rest.substr(kHeader, size - kHeader), rest.substr(0, size)});
      rest.remove_prefix(size);
    }
    return out;
  }

  Superbox superbox(const RawBox& box, int depth) const {
    if (box.type != "jumb") fail(box.bytes, text("a superbox was expected, found '", box.type, "'"));
    if (depth > kMaxDepth) fail(box.bytes, text("more than ", kMaxDepth, " levels"));
    std::vector<RawBox> boxes = boxes_in(box.payload);
    if (boxes.empty() || boxes.front().type != "jumd") fail(box.bytes, "a superbox without a description");
    Superbox out;
    out.bytes = box.bytes;
    describe(boxes.front(), out);
    boxes.erase(boxes.begin());
    std::set<std::string_view> labels;
    for (const RawBox& inner : boxes) {
      if (inner.type == "jumd") fail(inner.bytes, "a second description");
      if (inner.type != "jumb") {
        out.contents.push_back({inner.type, inner.payload});
        continue;
      }
      out.children.push_back(superbox(inner, depth + 1));
      if (!labels.insert(out.children.back().label).second)
        fail(inner.bytes, text("the label '", out.children.back().label, "' stands twice"));
    }
    if (!out.contents.empty() && !out.children.empty())
      fail(box.bytes, "a superbox that holds both superboxes and content");
    return out;
  }

  void describe(const RawBox& box, Superbox& out) const {
    std::string_view rest = box.payload;
    if (rest.size() < kUuid + 1 ||
        (rest.substr(4, kUuidEnd.size()) != kUuidEnd && !rest.starts_with(kEmbeddedFile)))
      fail(box.bytes, "a description without a known kind of type");
    out.type = rest.substr(0, 4);
    const auto toggles = static_cast<unsigned char>(rest[kUuid]);
    if ((toggles & ~kPrivate) != (kRequestable | kLabelled))
      fail(box.bytes, text("a description with the toggles ", int{toggles}, ", expected 3 or 19"));
    rest.remove_prefix(kUuid + 1);
    const std::size_t end = rest.find('\0');
    if (end == std::string_view::npos || end == 0) fail(rest, "a label that is empty or has no end");
    out.label = rest.substr(0, end);
    check_label(out.label);
    rest.remove_prefix(end + 1);
    if (toggles & kPrivate)
      check_salt(rest);
    else if (!rest.empty())
      fail(rest, text(rest.size(), " bytes behind a label"));
  }

  void check_label(std::string_view label) const {
    for (const char c : label)
      if (c <= ' ' || c == '/' || c == ';' || c == '?' || c == '#' || c > '~')
        fail(label, "a label with characters that no label may have");
  }

  void check_salt(std::string_view rest) const {
    const std::vector<RawBox> boxes = boxes_in(rest);
    const bool is_salt = boxes.size() == 1 && boxes[0].type == "c2sh" &&
                         (boxes[0].payload.size() == 16 || boxes[0].payload.size() == 32);
    if (!is_salt) fail(rest, "a private box that is no salt of 16 or 32 bytes");
  }

  std::string_view bytes_;
  std::string_view where_;
};

}  // namespace

const Superbox* Superbox::child(std::string_view name) const {
  for (const Superbox& each : children)
    if (each.label == name) return &each;
  return nullptr;
}

std::string box_bytes(std::string_view type, std::string_view payload) {
  return big_endian(kHeader + payload.size(), 4) + std::string(type) + std::string(payload);
}

std::string superbox_bytes(std::string_view type, std::string_view label, std::string_view content) {
  std::string description = std::string(type) + std::string(kUuidEnd);
  description += static_cast<char>(kRequestable | kLabelled);
  description += label;
  description += '\0';
  return box_bytes("jumb", box_bytes("jumd", description) + std::string(content));
}

std::string cbor_superbox(std::string_view label, std::string_view cbor) {
  return superbox_bytes("cbor", label, box_bytes("cbor", cbor));
}

Superbox parse_jumbf(std::string_view bytes, std::string_view where) {
  return Parser(bytes, where).whole();
}

}  // namespace understudy::provenance::c2pa
