#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>
#include <string_view>

#include "understudy/core/error.h"
#include "understudy/core/text.h"

namespace understudy {

/// Keeps keys in the order they were written, so that files read well and are the same on every run.
using Json = nlohmann::ordered_json;

/// Throws Error kInput when unreadable, kFormat when it is not JSON (with the place of the mistake).
Json read_json_file(const std::filesystem::path& path);
/// Parses `content`; `where` names it in the message. Throws Error kFormat.
Json parse_json(std::string_view content, std::string_view where);
/// Written atomically, indented, with a line end.
void write_json_file(const std::filesystem::path& path, const Json& value);

/// object[key] as T. Throws Error kFormat, naming `where` and the key, when it is absent or of another type.
template <class T>
T json_field(const Json& object, const char* key, std::string_view where) {
  const auto found = object.is_object() ? object.find(key) : object.end();
  if (!object.is_object() || found == object.end())
    throw Error(ErrorCode::kFormat, text(where, ": the field '", key, "' is missing"));
  try {
    return found->template get<T>();
  } catch (const nlohmann::json::exception& e) {
    throw Error(ErrorCode::kFormat, text(where, ": the field '", key, "' is of another type than expected (", e.what(), ")"));
  }
}

}  // namespace understudy
