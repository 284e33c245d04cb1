#include "understudy/provenance/c2pa/cbor.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <set>

#include "understudy/core/big_endian.h"
#include "understudy/core/text.h"

namespace understudy::provenance::c2pa {
namespace {

enum Major : std::uint8_t {
  kUnsigned = 0,
  kNegative = 1,
  kByteString = 2,
  kTextString = 3,
  kArray = 4,
  kMap = 5,
  kTag = 6,
  kSimple = 7,
};
constexpr int kMaxDepth = 32;
constexpr std::size_t kMaxItems = 1'000'000;
constexpr std::uint8_t kIndefinite = 31;
constexpr std::uint8_t kBreak = 0xff;

std::string head(Major major, std::uint64_t number) {
  const auto first = static_cast<std::uint8_t>(major << 5);
  if (number < 24) return big_endian(first | number, 1);
  if (number < 1u << 8) return big_endian(first | 24u, 1) + big_endian(number, 1);
  if (number < 1u << 16) return big_endian(first | 25u, 1) + big_endian(number, 2);
  if (number < std::uint64_t{1} << 32) return big_endian(first | 26u, 1) + big_endian(number, 4);
  return big_endian(first | 27u, 1) + big_endian(number, 8);
}

struct Encoder {
  std::string operator()(std::nullptr_t) const { return "\xf6"; }
  std::string operator()(bool value) const { return value ? "\xf5" : "\xf4"; }
  std::string operator()(std::int64_t value) const {
    return value < 0 ? head(kNegative, static_cast<std::uint64_t>(-(value + 1)))
                     : head(kUnsigned, static_cast<std::uint64_t>(value));
  }
  std::string operator()(double value) const {
    return text("\xfb", big_endian(std::bit_cast<std::uint64_t>(value), 8));
  }
  std::string operator()(const Cbor::Bytes& value) const {
    return head(kByteString, value.value.size()) + value.value;
  }
  std::string operator()(const std::string& value) const { return head(kTextString, value.size()) + value; }
  std::string operator()(const Cbor::Array& items) const {
    std::string out = head(kArray, items.size());
    for (const Cbor& item : items) out += encode_cbor(item);
    return out;
  }
  std::string operator()(const Cbor::Map& entries) const {
    std::vector<std::pair<std::string, std::string>> sorted;
    for (const auto& [key, value] : entries) sorted.emplace_back(encode_cbor(key), encode_cbor(value));
    std::sort(sorted.begin(), sorted.end());
    std::string out = head(kMap, entries.size());
    for (const auto& [key, value] : sorted) out += key + value;
    return out;
  }
  std::string operator()(const Cbor::Tagged& tagged) const {
    return head(kTag, tagged.tag) + encode_cbor(tagged.content.front());
  }
};

/// The length of the UTF-8 sequence at the start of `rest`, 0 when it is none.
std::size_t utf8_length(std::string_view rest) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(rest[i]); };
  if (byte(0) < 0x80) return 1;
  const std::size_t length = byte(0) >= 0xf0 ? 4 : byte(0) >= 0xe0 ? 3 : 2;
  if (byte(0) < 0xc2 || byte(0) > 0xf4 || rest.size() < length) return 0;
  for (std::size_t i = 1; i < length; ++i)
    if ((byte(i) & 0xc0) != 0x80) return 0;
  const bool overlong = (byte(0) == 0xe0 && byte(1) < 0xa0) || (byte(0) == 0xf0 && byte(1) < 0x90);
  const bool outside = (byte(0) == 0xed && byte(1) > 0x9f) || (byte(0) == 0xf4 && byte(1) > 0x8f);
  return overlong || outside ? 0 : length;
}

bool is_utf8(std::string_view bytes) {
  while (!bytes.empty()) {
    const std::size_t length = utf8_length(bytes);
    if (length == 0) return false;
    bytes.remove_prefix(length);
  }
  return true;
}

double half_float(std::uint64_t bits) {
  const int exponent = static_cast<int>(bits >> 10 & 31);
  const auto mantissa = static_cast<double>(bits & 1023);
  const double sign = bits >> 15 ? -1 : 1;
  if (exponent == 0) return sign * std::ldexp(mantissa, -24);
  if (exponent < 31) return sign * std::ldexp(mantissa + 1024, exponent - 25);
  return mantissa == 0 ? sign * std::numeric_limits<double>::infinity()
                       : std::numeric_limits<double>::quiet_NaN();
}

class Decoder {
 public:
  Decoder(std::string_view bytes, std::string_view where) : bytes_(bytes), where_(where) {}

  Cbor whole() {
    Cbor item = next(0);
    if (at_ != bytes_.size()) fail(text(bytes_.size() - at_, " bytes follow the item"));
    return item;
  }

 private:
  struct Head {
    std::uint8_t major, info;
    std::uint64_t number;
  };

  [[noreturn]] void fail(std::string_view why) const {
    throw Error(ErrorCode::kFormat, text(where_, " is no valid CBOR at byte ", at_, ": ", why));
  }

  std::string_view take(std::uint64_t count) {
    if (count > bytes_.size() - at_)
      fail(text(count, " bytes are announced, ", bytes_.size() - at_, " are left"));
    at_ += count;
    return bytes_.substr(at_ - count, count);
  }

  bool take_break() {
    if (at_ >= bytes_.size() || static_cast<std::uint8_t>(bytes_[at_]) != kBreak) return false;
    ++at_;
    return true;
  }

  Head take_head() {
    const auto first = static_cast<std::uint8_t>(take(1)[0]);
    Head head{static_cast<std::uint8_t>(first >> 5), static_cast<std::uint8_t>(first & 31), 0};
    head.number = head.info;
    if (head.info >= 24 && head.info <= 27) head.number = from_big_endian(take(1u << (head.info - 24)));
    if (head.info >= 28 && head.info < kIndefinite) fail("a reserved length");
    const bool may_be_open = head.major >= kByteString && head.major <= kMap;
    if (head.info == kIndefinite && !may_be_open) fail("a head that means nothing here");
    return head;
  }

  Cbor next(int depth) {
    if (depth > kMaxDepth) fail(text("more than ", kMaxDepth, " levels"));
    if (++items_ > kMaxItems) fail(text("more than ", kMaxItems, " items"));
    const Head head = take_head();
    switch (head.major) {
      case kUnsigned:
        return whole_number(head);
      case kNegative:
        return -1 - whole_number(head);
      case kByteString:
        return Cbor::Bytes{string(head)};
      case kTextString:
        return valid_text(string(head));
      case kArray:
        return array(head, depth);
      case kMap:
        return map(head, depth);
      case kTag:
        return Cbor::tagged(head.number, next(depth + 1));
      default:
        return simple(head);
    }
  }

  std::int64_t whole_number(const Head& head) {
    if (head.number > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max()))
      fail("a number beyond 64 bits with a sign");
    return static_cast<std::int64_t>(head.number);
  }

  std::string string(const Head& head) {
    if (head.info != kIndefinite) return std::string(take(head.number));
    std::string out;
    while (!take_break()) {
      const Head piece = take_head();
      if (piece.major != head.major || piece.info == kIndefinite) fail("a piece of another type in a string");
      out += take(piece.number);
    }
    return out;
  }

  std::string valid_text(std::string value) {
    if (!is_utf8(value)) fail("text that is not UTF-8");
    return value;
  }

  /// Whether there is an item `done` of the array or map that `head` opened.
  bool has_more(const Head& head, std::uint64_t done) {
    return head.info == kIndefinite ? !take_break() : done < head.number;
  }

  Cbor array(const Head& head, int depth) {
    Cbor::Array out;
    while (has_more(head, out.size())) out.push_back(next(depth + 1));
    return out;
  }

  Cbor map(const Head& head, int depth) {
    Cbor::Map out;
    std::set<std::string> keys;
    while (has_more(head, out.size())) {
      Cbor key = next(depth + 1);
      if (!keys.insert(encode_cbor(key)).second) fail("a key that stands twice");
      Cbor value = next(depth + 1);
      out.emplace_back(std::move(key), std::move(value));
    }
    return out;
  }

  Cbor simple(const Head& head) {
    switch (head.info) {
      case 20:
      case 21:
        return head.info == 21;
      case 22:
        return nullptr;
      case 25:
        return half_float(head.number);
      case 26:
        return static_cast<double>(std::bit_cast<float>(static_cast<std::uint32_t>(head.number)));
      case 27:
        return std::bit_cast<double>(head.number);
      default:
        fail("a simple value that is neither false, true nor null");
    }
  }

  std::string_view bytes_;
  std::string_view where_;
  std::size_t at_ = 0;
  std::size_t items_ = 0;
};

}  // namespace

const Cbor* Cbor::find(const Cbor& key) const {
  const Map* entries = as<Map>();
  if (!entries) return nullptr;
  for (const auto& [name, value] : *entries)
    if (name == key) return &value;
  return nullptr;
}

void Cbor::set(Cbor key, Cbor value) {
  if (as<std::nullptr_t>()) value_ = Map{};
  std::get<Map>(value_).emplace_back(std::move(key), std::move(value));
}

std::string encode_cbor(const Cbor& item) {
  return std::visit(Encoder{}, item.value());
}

Cbor decode_cbor(std::string_view bytes, std::string_view where) {
  return Decoder(bytes, where).whole();
}

}  // namespace understudy::provenance::c2pa
