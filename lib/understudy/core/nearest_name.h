#pragma once

#include <span>
#include <string>
#include <string_view>

namespace understudy {

/// The one of `names` (at least one) that `word` was most likely meant to be: the fewest letters are to be
/// put in, taken out or replaced.
const std::string& nearest_name(std::string_view word, std::span<const std::string> names);

}  // namespace understudy
