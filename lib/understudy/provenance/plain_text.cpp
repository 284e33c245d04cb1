#include "understudy/provenance/plain_text.h"

namespace understudy::provenance {
namespace {

/// Bytes that the control character at `at` takes: 1 for C0 and DEL, 2 for C1 (UTF-8), 0 when it is not one.
std::size_t control_length(std::string_view value, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(value[i]); };
  if (byte(at) < 0x20 || byte(at) == 0x7f) return 1;
  return byte(at) == 0xc2 && at + 1 < value.size() && byte(at + 1) >= 0x80 && byte(at + 1) < 0xa0 ? 2 : 0;
}

}  // namespace

bool has_control_character(std::string_view value, bool lines_allowed) {
  for (std::size_t i = 0; i < value.size(); ++i) {
    const bool line = value[i] == '\n' || value[i] == '\r' || value[i] == '\t';
    if (control_length(value, i) > 0 && !(line && lines_allowed)) return true;
  }
  return false;
}

std::string printable(std::string_view value) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  for (std::size_t i = 0; i < value.size();) {
    std::size_t escaped = control_length(value, i);
    if (escaped == 0) out += value[i++];
    for (; escaped > 0; --escaped, ++i) {
      const auto byte = static_cast<unsigned char>(value[i]);
      out += {'\\', 'x', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return out;
}

std::string html_text(std::string_view value) {
  std::string out;
  for (const char c : printable(value)) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += c;
    }
  }
  return out;
}

}  // namespace understudy::provenance
