#include "understudy/core/toml.h"

#include <toml++/toml.h>

#include <algorithm>
#include <cstddef>

namespace understudy {
namespace {

/// toml++ 3.3 overflows the stack when it frees some 30 000 nested tables, which dotted keys make.
constexpr std::ptrdiff_t kMaxDots = 2000;

Json to_json(const toml::node& node, std::string_view where) {
  if (const toml::table* table = node.as_table()) {
    Json object = Json::object();
    for (const auto& [key, value] : *table) object[std::string(key.str())] = to_json(value, where);
    return object;
  }
  if (const toml::array* list = node.as_array()) {
    Json array = Json::array();
    for (const toml::node& value : *list) array.push_back(to_json(value, where));
    return array;
  }
  if (const auto* value = node.as_string()) return value->get();
  if (const auto* value = node.as_integer()) return value->get();
  if (const auto* value = node.as_floating_point()) return value->get();
  if (const auto* value = node.as_boolean()) return value->get();
  throw Error(ErrorCode::kFormat,
              text(where, ", line ", node.source().begin.line, ": dates and times are not expected here"));
}

bool is_list_of_objects(const Json& value) {
  return value.is_array() && !value.empty() && value.front().is_object();
}

void write_table(std::string& out, const Json& object, const std::string& path) {
  for (const auto& [key, value] : object.items()) {
    if (value.is_null()) throw Error(ErrorCode::kBug, text("TOML has no null, found at ", key));
    if (!value.is_object() && !is_list_of_objects(value)) out += text(key, " = ", json_text(value), "\n");
  }
  for (const auto& [key, value] : object.items()) {
    const std::string inner = path.empty() ? key : path + "." + key;
    if (value.is_object()) {
      out += text("\n[", inner, "]\n");
      write_table(out, value, inner);
    } else if (is_list_of_objects(value)) {
      for (const Json& item : value) {
        out += text("\n[[", inner, "]]\n");
        write_table(out, item, inner);
      }
    }
  }
}

}  // namespace

Json parse_toml(std::string_view content, std::string_view where) {
  if (std::ranges::count(content, '.') > kMaxDots)
    throw Error(ErrorCode::kFormat, text(where, ": more than ", kMaxDots, " dots"));
  try {
    return to_json(toml::parse(content), where);
  } catch (const toml::parse_error& e) {
    throw Error(ErrorCode::kFormat, text(where, ", line ", e.source().begin.line, ": ", e.description()));
  }
}

std::string toml_text(const Json& object) {
  std::string out;
  write_table(out, object, "");
  return out;
}

}  // namespace understudy
