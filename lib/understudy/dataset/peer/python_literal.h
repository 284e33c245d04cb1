#pragma once

#include <string_view>

#include "understudy/core/json.h"

namespace understudy::dataset {

/// What a Python literal, or JSON, says: dicts with keys of text, lists, tuples (as lists), str, bytes (as
/// JSON's binary), numbers, True, False, None. No names, calls or operators. Throws Error kFormat, naming
/// `where` and the place, and for more than 64 levels.
Json read_python_literal(std::string_view words, std::string_view where);

/// `value` as a Python literal; JSON's binary is not written.
std::string python_literal(const Json& value);

}  // namespace understudy::dataset
