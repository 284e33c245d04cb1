#include "understudy/core/plain_text.h"

namespace understudy {
namespace {

bool is_control(std::uint32_t character, Lines lines) {
  if (character == '\n' || character == '\r' || character == '\t') return lines == Lines::kRefused;
  return character < 0x20 || (character >= 0x7F && character < 0xA0);
}

}  // namespace

std::optional<std::uint32_t> take_character(std::string_view& rest) {
  const auto first = static_cast<unsigned char>(rest.front());
  const std::size_t length = first < 0x80   ? 1
                             : first < 0xC2 ? 0
                             : first < 0xE0 ? 2
                             : first < 0xF0 ? 3
                             : first < 0xF5 ? 4
                                            : 0;
  if (length == 0 || rest.size() < length) return std::nullopt;
  std::uint32_t out = length == 1 ? first : first & (0x7Fu >> length);
  for (std::size_t i = 1; i < length; ++i) {
    const auto next = static_cast<unsigned char>(rest[i]);
    if ((next & 0xC0) != 0x80) return std::nullopt;
    out = out << 6 | (next & 0x3F);
  }
  rest.remove_prefix(length);
  return out;
}

bool has_control_character(std::string_view value, Lines lines) {
  while (!value.empty()) {
    const auto character = take_character(value);
    if (character && is_control(*character, lines)) return true;
    if (!character) value.remove_prefix(1);
  }
  return false;
}

std::string printable(std::string_view value, Lines lines) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string out;
  while (!value.empty()) {
    const std::string_view before = value;
    const auto character = take_character(value);
    if (!character) value.remove_prefix(1);
    const std::string_view bytes = before.substr(0, before.size() - value.size());
    if (character && !is_control(*character, lines)) {
      out += bytes;
      continue;
    }
    for (const char c : bytes) {
      const auto byte = static_cast<unsigned char>(c);
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

}  // namespace understudy
