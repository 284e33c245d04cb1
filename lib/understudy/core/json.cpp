#include "understudy/core/json.h"

#include "understudy/core/files.h"

namespace understudy {
namespace {

/// Copying, comparing and writing JSON use the stack level by level, so bytes from outside must not choose
/// the depth.
bool is_too_deep(std::string_view content) {
  constexpr int kMaxLevels = 64;
  int level = 0;
  bool in_string = false;
  for (std::size_t i = 0; i < content.size(); ++i) {
    const char c = content[i];
    if (in_string && c == '\\') {
      ++i;
    } else if (c == '"') {
      in_string = !in_string;
    } else if (!in_string && (c == '[' || c == '{')) {
      if (++level > kMaxLevels) return true;
    } else if (!in_string && (c == ']' || c == '}')) {
      --level;
    }
  }
  return false;
}

}  // namespace

Json parse_json(std::string_view content, std::string_view where) {
  if (is_too_deep(content))
    throw Error(ErrorCode::kFormat, text(where, " is not usable JSON: it is nested too deeply"));
  try {
    return Json::parse(content);
  } catch (const nlohmann::json::exception& e) {
    throw Error(ErrorCode::kFormat, text(where, " is not valid JSON: ", e.what()));
  }
}

Json read_json_file(const std::filesystem::path& path) {
  return parse_json(read_file(path), path.string());
}

std::string json_text(const Json& value, int indent) {
  return value.dump(indent, ' ', false, Json::error_handler_t::replace);
}

void write_json_file(const std::filesystem::path& path, const Json& value) {
  write_file(path, json_text(value, 2) + "\n");
}

}  // namespace understudy
