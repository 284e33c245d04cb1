#include "understudy/dataset/peer/python_literal.h"

#include <charconv>
#include <cmath>
#include <string>

namespace understudy::dataset {
namespace {

constexpr int kMostLevels = 64;

class Parser {
 public:
  Parser(std::string_view words, std::string_view where) : words_(words), where_(where) {}

  Json whole() {
    Json out = value(0);
    skip_space();
    if (at_ != words_.size()) refuse("it goes on behind its end");
    return out;
  }

 private:
  [[noreturn]] void refuse(std::string_view why) const {
    throw Error(ErrorCode::kFormat,
                text(where_, " holds metadata that cannot be read: at byte ", at_, ", ", why));
  }

  char now() const { return at_ < words_.size() ? words_[at_] : '\0'; }
  void skip_space() {
    while (now() == ' ' || now() == '\n' || now() == '\r' || now() == '\t') ++at_;
  }
  bool take(std::string_view what) {
    if (!words_.substr(at_).starts_with(what)) return false;
    at_ += what.size();
    return true;
  }

  Json value(int level) {
    if (level > kMostLevels) refuse("it is nested too deeply");
    skip_space();
    if (take("{")) return dict(level);
    if (take("[")) return list(level, ']');
    if (take("(")) return list(level, ')');
    if (now() == '\'' || now() == '"') return quoted();
    if (words_.substr(at_, 2) == "b'" || words_.substr(at_, 2) == "b\"") {
      ++at_;
      const std::string bytes = quoted();
      return Json::binary({bytes.begin(), bytes.end()});
    }
    for (const auto& [word, meaning] : {std::pair<const char*, Json>{"True", true},
                                        {"False", false},
                                        {"None", nullptr},
                                        {"true", true},
                                        {"false", false},
                                        {"null", nullptr}})
      if (take(word)) return meaning;
    return number();
  }

  Json list(int level, char end) {
    Json out = Json::array();
    for (skip_space(); now() != end; skip_space()) {
      out.push_back(value(level + 1));
      skip_space();
      if (now() != end && !take(",")) refuse("a comma was expected");
    }
    ++at_;
    return out;
  }

  Json dict(int level) {
    Json out = Json::object();
    for (skip_space(); now() != '}'; skip_space()) {
      if (now() != '\'' && now() != '"') refuse("a key in quotes was expected");
      const std::string key = quoted();
      skip_space();
      if (!take(":")) refuse("a colon was expected");
      out[key] = value(level + 1);
      skip_space();
      if (now() != '}' && !take(",")) refuse("a comma was expected");
    }
    ++at_;
    return out;
  }

  Json number() {
    const char* begin = words_.data() + at_;
    const char* end = words_.data() + words_.size();
    double real = 0;
    const auto [stopped, error] = std::from_chars(begin, end, real);
    if (error != std::errc() || !std::isfinite(real)) refuse("a value was expected");
    std::int64_t whole = 0;
    const auto as_whole = std::from_chars(begin, end, whole);
    at_ += static_cast<std::size_t>(stopped - begin);
    if (as_whole.ec == std::errc() && as_whole.ptr == stopped) return whole;
    return real;
  }

  std::string quoted() {
    const char quote = words_[at_++];
    std::string out;
    while (now() != quote) {
      if (at_ >= words_.size()) refuse("the text does not end");
      if (take("\\"))
        out += escaped();
      else
        out += words_[at_++];
    }
    ++at_;
    return out;
  }

  std::string escaped() {
    if (at_ >= words_.size()) refuse("the text does not end");
    switch (const char c = words_[at_++]; c) {
      case 'n':
        return "\n";
      case 'r':
        return "\r";
      case 't':
        return "\t";
      case 'b':
        return "\b";
      case 'f':
        return "\f";
      case 'x':
        return std::string(1, static_cast<char>(hexadecimal(2)));
      case 'u':
        return utf8(hexadecimal(4));
      case 'U':
        return utf8(hexadecimal(8));
      case '\\':
      case '\'':
      case '"':
      case '/':
        return std::string(1, c);
      default:
        refuse("an unknown escape");
    }
  }

  std::uint32_t hexadecimal(std::size_t digits) {
    const std::string_view word = words_.substr(at_, digits);
    std::uint32_t out = 0;
    const auto [stopped, error] = std::from_chars(word.data(), word.data() + word.size(), out, 16);
    if (word.size() != digits || error != std::errc() || stopped != word.data() + word.size())
      refuse("an unknown escape");
    at_ += digits;
    return out;
  }

  std::string utf8(std::uint32_t code) const {
    const auto tail = [&](int shift) { return static_cast<char>(0x80 | (code >> shift & 0x3f)); };
    if (code < 0x80) return {static_cast<char>(code)};
    if (code < 0x800) return {static_cast<char>(0xc0 | code >> 6), tail(0)};
    if (code < 0x10000) return {static_cast<char>(0xe0 | code >> 12), tail(6), tail(0)};
    if (code < 0x110000) return {static_cast<char>(0xf0 | code >> 18), tail(12), tail(6), tail(0)};
    refuse("an unknown escape");
  }

  std::string_view words_, where_;
  std::size_t at_ = 0;
};

}  // namespace

Json read_python_literal(std::string_view words, std::string_view where) {
  return Parser(words, where).whole();
}

std::string python_literal(const Json& value) {
  if (value.is_null()) return "None";
  if (value.is_boolean()) return value.get<bool>() ? "True" : "False";
  if (!value.is_structured()) return json_text(value);  // numbers and text are written alike
  std::string out;
  for (const auto& [key, part] : value.items())
    out +=
        text(out.empty() ? "" : ", ", value.is_object() ? json_text(key) + ": " : "", python_literal(part));
  return value.is_object() ? "{" + out + "}" : "[" + out + "]";
}

}  // namespace understudy::dataset
