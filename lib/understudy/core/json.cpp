#include "understudy/core/json.h"

#include "understudy/core/files.h"

namespace understudy {

Json parse_json(std::string_view content, std::string_view where) {
  try {
    return Json::parse(content);
  } catch (const nlohmann::json::exception& e) {
    throw Error(ErrorCode::kFormat, text(where, " is not valid JSON: ", e.what()));
  }
}

Json read_json_file(const std::filesystem::path& path) { return parse_json(read_file(path), path.string()); }

void write_json_file(const std::filesystem::path& path, const Json& value) {
  write_file(path, value.dump(2, ' ', false, Json::error_handler_t::replace) + "\n");
}

}  // namespace understudy
