#pragma once

#include <cmath>
#include <concepts>
#include <cstdint>
#include <filesystem>
#include <limits>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "understudy/core/error.h"
#include "understudy/core/text.h"

namespace understudy {

/// Keeps keys in the order they were written, so that files read well and are the same on every run.
using Json = nlohmann::ordered_json;

/// Throws Error kInput when unreadable, kFormat when it is not JSON (with the place of the mistake).
Json read_json_file(const std::filesystem::path& path);
/// Parses `content`; `where` names it in the message. Throws Error kFormat, also for more than 64 levels.
Json parse_json(std::string_view content, std::string_view where);
/// On one line, or indented by `indent`. Never throws: bytes that are not UTF-8 are replaced.
std::string json_text(const Json& value, int indent = -1);
/// Written atomically, indented, with a line end.
void write_json_file(const std::filesystem::path& path, const Json& value);

template <class T>
constexpr bool kIsList = false;
template <class Item>
constexpr bool kIsList<std::vector<Item>> = true;

/// `value` as T. Unlike the JSON library's own conversions nothing is bent: a whole number must be one and
/// fit into T, a number must be finite in T, and so must each in a list. Throws Error kFormat with what was
/// expected and found.
template <class T>
T json_as(const Json& value) {
  constexpr bool kWhole = std::integral<T> && !std::same_as<T, bool>;
  auto refuse = [&](const char* expected) {
    throw Error(ErrorCode::kFormat, text(expected, " was expected, found ", json_text(value).substr(0, 40)));
  };
  if constexpr (kIsList<T>) {
    if (!value.is_array()) refuse("a list");
    T out;
    for (const Json& item : value) out.push_back(json_as<typename T::value_type>(item));
    return out;
  }
  if constexpr (kWhole) {
    const bool fits = value.is_number_unsigned()
                          ? std::in_range<T>(value.get<std::uint64_t>())
                          : value.is_number_integer() && std::in_range<T>(value.get<std::int64_t>());
    if (!fits)
      refuse(
          text("a whole number from ", +std::numeric_limits<T>::min(), " to ", +std::numeric_limits<T>::max())
              .c_str());
  }
  if constexpr (std::floating_point<T>)
    if (!value.is_number() || !(std::abs(value.get<double>()) <= std::numeric_limits<T>::max()))
      refuse("a finite number");
  try {
    return value.get<T>();
  } catch (const nlohmann::json::exception& e) {
    throw Error(ErrorCode::kFormat, e.what());
  }
}

/// object[key] as T, see json_as(). Throws Error kFormat, naming `where` and the key, when it is absent or of
/// another type.
template <class T>
T json_field(const Json& object, const char* key, std::string_view where) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  if (!object.is_object() || found == object.end())
    throw Error(ErrorCode::kFormat, text(where, ": the field '", key, "' is missing"));
  try {
    return json_as<T>(*found);
  } catch (const Error& e) {
    throw Error(ErrorCode::kFormat,
                text(where, ": the field '", key, "' is of another type than expected: ", e.message()));
  }
}

/// The same, but `otherwise` where the object has no such key.
template <class T>
T json_field_or(const Json& object, const char* key, T otherwise, std::string_view where) {
  return object.is_object() && !object.contains(key) ? otherwise : json_field<T>(object, key, where);
}

}  // namespace understudy
