#pragma once

#include <string_view>

#include "understudy/core/json.h"

namespace understudy::dataset {

/// `object` with a last field `content_sha256`: the digest of all its other fields, by which a check notices
/// a damaged file.
Json sealed(Json object);

/// Whether it has such a field.
bool is_sealed(const Json& object);

/// Empty when `bytes` are what write_json_file() makes of a sealed object, else what is wrong, as a sentence
/// that begins with `where`. Throws Error kFormat when they are not JSON.
std::string seal_problem(std::string_view bytes, std::string_view where);

/// The same of a line of JSON as json_text() makes it.
std::string line_seal_problem(std::string_view line, std::string_view where);

}  // namespace understudy::dataset
