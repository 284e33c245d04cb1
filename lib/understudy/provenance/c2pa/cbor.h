#pragma once

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "understudy/core/error.h"
#include "understudy/core/text.h"

namespace understudy::provenance::c2pa {

/// One item of CBOR (RFC 8949). Whole numbers are those of 64 bits with a sign. Text is UTF-8.
class Cbor {
 public:
  using Array = std::vector<Cbor>;
  using Map = std::vector<std::pair<Cbor, Cbor>>;
  struct Bytes {
    std::string value;
    bool operator==(const Bytes&) const = default;
  };
  struct Tagged {
    std::uint64_t tag = 0;
    Array content;  ///< exactly one item
    bool operator==(const Tagged&) const = default;
  };
  using Value =
      std::variant<std::nullptr_t, bool, std::int64_t, double, Bytes, std::string, Array, Map, Tagged>;

  Cbor() : value_(nullptr) {}
  Cbor(std::nullptr_t) : value_(nullptr) {}
  Cbor(std::same_as<bool> auto value) : value_(value) {}
  Cbor(std::integral auto value) requires(!std::same_as<decltype(value), bool>)
      : value_(static_cast<std::int64_t>(value)) {}
  Cbor(double value) : value_(value) {}
  Cbor(Bytes value) : value_(std::move(value)) {}
  Cbor(std::string value) : value_(std::move(value)) {}
  Cbor(std::string_view value) : value_(std::string(value)) {}
  Cbor(const char* value) : value_(std::string(value)) {}
  Cbor(Array value) : value_(std::move(value)) {}
  Cbor(Map value) : value_(std::move(value)) {}
  Cbor(Tagged value) : value_(std::move(value)) {}

  static Cbor bytes(std::string_view value) { return Bytes{std::string(value)}; }
  static Cbor tagged(std::uint64_t tag, Cbor content) { return Tagged{tag, {std::move(content)}}; }

  /// The value as one of the types of Value, or null when it is of another type.
  template <class T>
  const T* as() const {
    return std::get_if<T>(&value_);
  }
  const Value& value() const { return value_; }
  /// The value of a map's key; null when there is none or this is no map.
  const Cbor* find(const Cbor& key) const;
  /// Appends a key to a map; null becomes a map. The key must be new.
  void set(Cbor key, Cbor value);

  bool operator==(const Cbor&) const = default;

 private:
  Value value_;
};

/// Core deterministic encoding (RFC 8949, 4.2.1): shortest heads, definite lengths, keys of maps sorted by
/// their encoded bytes. Floats are written with 64 bits.
std::string encode_cbor(const Cbor& item);

/// Reads exactly one item: bytes behind it are refused. Accepted are also numbers and lengths that are longer
/// than needed, indefinite lengths and keys in any order, as others write them. `where` names the bytes in
/// messages. Throws Error kFormat, with the offset, for bytes that are no CBOR, text that is not UTF-8, a key
/// that stands twice, a number beyond 64 bits with a sign, simple values other than false, true and null,
/// more than 32 levels, more than a million items.
Cbor decode_cbor(std::string_view bytes, std::string_view where);

/// item[key] as T, a type of Cbor::Value. Throws Error kFormat, naming `where` and the key, when it is absent
/// or of another type.
template <class T>
const T& cbor_field(const Cbor& item, std::string_view key, std::string_view where) {
  const Cbor* found = item.find(key);
  if (!found) throw Error(ErrorCode::kFormat, text(where, ": the field '", key, "' is missing"));
  const T* value = found->as<T>();
  if (!value)
    throw Error(ErrorCode::kFormat, text(where, ": the field '", key, "' is of another type than expected"));
  return *value;
}

}  // namespace understudy::provenance::c2pa
