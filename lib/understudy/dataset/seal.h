#pragma once

#include <string_view>

#include "understudy/core/json.h"

namespace understudy::dataset {

/// `object` with a last field `sha256`: the digest of all its other fields, by which a check notices a damaged file.
Json sealed(Json object);

/// Empty when the seal holds, else what is wrong, as a sentence that begins with `where`.
std::string seal_problem(const Json& object, std::string_view where);

}  // namespace understudy::dataset
