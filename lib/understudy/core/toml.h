#pragma once

#include <string>
#include <string_view>

#include "understudy/core/json.h"

namespace understudy {

/// A TOML document as JSON, keys of a table in their alphabetical order. `where` names it in messages. Throws
/// Error kFormat with the line of the mistake; dates and times are refused, since JSON has none.
Json parse_toml(std::string_view content, std::string_view where);

/// An object as a TOML document, keys in their order: values first, then tables. Throws Error kBug for null.
std::string toml_text(const Json& object);

}  // namespace understudy
