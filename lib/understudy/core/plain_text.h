#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace understudy {

/// One character of UTF-8, taken off the front of `rest`, which is not empty; nothing, and nothing taken, for
/// bytes that are none.
std::optional<std::uint32_t> take_character(std::string_view& rest);

/// Whether lines and tabs count as control characters.
enum class Lines { kRefused, kAllowed };

/// Whether `value` (UTF-8) holds a control character (C0, DEL or C1), which could command a terminal.
bool has_control_character(std::string_view value, Lines lines = Lines::kRefused);

/// `value` with every byte of a control character, and every byte that is no UTF-8, written as \xNN: fit for
/// a terminal, and for one line unless lines are allowed.
std::string printable(std::string_view value, Lines lines = Lines::kRefused);

/// printable(), with the characters that HTML gives a meaning (& < > " ') written as entities: fit for an
/// element's text and for an attribute in quotes.
std::string html_text(std::string_view value);

}  // namespace understudy
