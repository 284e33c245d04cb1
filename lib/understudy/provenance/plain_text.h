#pragma once

#include <string>
#include <string_view>

namespace understudy::provenance {

/// Whether `value` (UTF-8) holds a control character (C0, DEL or C1), which could command a terminal.
/// Line ends and tabs count unless `lines_allowed`.
bool has_control_character(std::string_view value, bool lines_allowed = false);

/// `value` with every control character written as \xNN, fit for a terminal and for one line.
std::string printable(std::string_view value);

/// printable(), with the characters that HTML gives a meaning (& < > " ') written as entities: fit for an
/// element's text and for an attribute in quotes.
std::string html_text(std::string_view value);

}  // namespace understudy::provenance
