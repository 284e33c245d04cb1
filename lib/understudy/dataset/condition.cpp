#include "understudy/dataset/condition.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "understudy/core/error.h"
#include "understudy/dataset/record.h"

namespace understudy::dataset {
namespace {

using R = FaceRecord;
using Number = std::optional<double>;

template <double face::Pose::*angle>
Number pose_number(const R& r) {
  return r.pose ? Number(*r.pose.*angle) : std::nullopt;
}

constexpr std::array kNumbers = {
    FaceNumber{"frame", "frame number", [](const R& r) -> Number { return static_cast<double>(r.frame); }},
    FaceNumber{"face", "number of the face in its frame", [](const R& r) -> Number { return r.face; }},
    FaceNumber{"score", "the detector's confidence, 0 to 1", [](const R& r) -> Number { return r.score; }},
    FaceNumber{"x", "left edge of the box, plate pixels", [](const R& r) -> Number { return r.box.x; }},
    FaceNumber{"y", "upper edge of the box, plate pixels", [](const R& r) -> Number { return r.box.y; }},
    FaceNumber{"width", "of the box, plate pixels", [](const R& r) -> Number { return r.box.width; }},
    FaceNumber{"height", "of the box, plate pixels", [](const R& r) -> Number { return r.box.height; }},
    FaceNumber{"size_px", "square root of the box's area, plate pixels",
               [](const R& r) -> Number { return std::sqrt(std::max(0.0F, r.box.area())); }},
    FaceNumber{"yaw_deg", "head turned to the picture's right, degrees",
               [](const R& r) { return pose_number<&face::Pose::yaw_deg>(r); }},
    FaceNumber{"pitch_deg", "chin lifted, degrees",
               [](const R& r) { return pose_number<&face::Pose::pitch_deg>(r); }},
    FaceNumber{"roll_deg", "head tilted counter-clockwise, degrees",
               [](const R& r) { return pose_number<&face::Pose::roll_deg>(r); }},
    FaceNumber{"sharpness", "variance of the Laplacian", [](const R& r) -> Number { return r.sharpness; }}};

enum class Kind {
  kNumber,
  kField,
  kNegate,
  kAdd,
  kSubtract,
  kMultiply,
  kDivide,
  kAbs,
  kMin,
  kMax,
  kLess,
  kLessEqual,
  kMore,
  kMoreEqual,
  kEqual,
  kUnequal,
  kNot,
  kAnd,
  kOr
};

constexpr bool is_truth(Kind kind) {
  return kind >= Kind::kLess;
}

}  // namespace

struct Condition::Node {
  Kind kind;
  double number = 0;
  const FaceNumber* field = nullptr;
  std::vector<std::unique_ptr<Node>> parts = {};
};

namespace {

using Node = Condition::Node;
using NodePtr = std::unique_ptr<Node>;

NodePtr join(Kind kind, NodePtr a, NodePtr b = nullptr) {
  auto out = std::make_unique<Node>(Node{kind});
  out->parts.push_back(std::move(a));
  if (b) out->parts.push_back(std::move(b));
  return out;
}

bool is_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool is_digit(char c) {
  return c >= '0' && c <= '9';
}

/// Recursive descent, loosest first: or, and, not, comparison, sum, product, sign, value.
class Parser {
 public:
  explicit Parser(std::string_view words) : words_(words) {
    constexpr std::size_t kMost = 10'000;
    if (words.size() > kMost) fail(0, text("it is longer than ", kMost, " characters"));
    next();
  }

  NodePtr whole() {
    NodePtr out = truth([&] { return any(); });
    if (!token_.empty()) fail(at_, text("'", token_, "' was not expected here"));
    return out;
  }

 private:
  [[noreturn]] void fail(std::size_t at, const std::string& why) const {
    std::string line(words_.substr(0, 10'000));
    for (char& c : line)
      if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) c = ' ';
    throw Error(ErrorCode::kUsage, text("the condition cannot be understood: at column ", at + 1, ", ", why),
                text(line, "\n  ", std::string(at, ' '), "^"));
  }

  void next() {
    while (end_ < words_.size() && (words_[end_] == ' ' || words_[end_] == '\t' || words_[end_] == '\n'))
      ++end_;
    at_ = end_;
    if (end_ == words_.size()) {
      token_ = {};
      return;
    }
    const char c = words_[end_];
    const auto run = [&](auto&& belongs) {
      while (end_ < words_.size() && belongs(words_[end_])) ++end_;
    };
    if (is_letter(c)) {
      run([](char d) { return is_letter(d) || is_digit(d); });
    } else if (is_digit(c) || c == '.') {
      double unused = 0;
      const auto [stopped, error] =
          std::from_chars(words_.data() + at_, words_.data() + words_.size(), unused);
      if (error != std::errc()) fail(at_, "this is no number");
      end_ = static_cast<std::size_t>(stopped - words_.data());
    } else if ((c == '<' || c == '>' || c == '=' || c == '!') && words_.substr(end_ + 1, 1) == "=") {
      end_ += 2;
    } else if (std::string_view("<>+-*/(),").find(c) != std::string_view::npos) {
      ++end_;
    } else {
      fail(at_, c == '='   ? "write == to compare"
                : c == '!' ? "write not, or !="
                           : "this character has no meaning");
    }
    token_ = words_.substr(at_, end_ - at_);
  }

  bool take(std::string_view token) {
    if (token_ != token) return false;
    next();
    return true;
  }

  template <class Part>
  NodePtr of_type(bool wants_truth, const Part& part) {
    const std::size_t begin = at_;
    NodePtr out = part();
    if (is_truth(out->kind) != wants_truth)
      fail(begin, wants_truth ? "a comparison was expected, as in sharpness > 80"
                              : "a number was expected, this is a comparison");
    return out;
  }
  template <class Part>
  NodePtr truth(const Part& part) {
    return of_type(true, part);
  }
  template <class Part>
  NodePtr number(const Part& part) {
    return of_type(false, part);
  }

  NodePtr any() {
    return chain("or", Kind::kOr, [&] { return all(); });
  }
  NodePtr all() {
    return chain("and", Kind::kAnd, [&] { return negated(); });
  }

  template <class Part>
  NodePtr chain(std::string_view word, Kind kind, const Part& part) {
    const std::size_t begin = at_;
    NodePtr out = part();
    while (token_ == word) {
      if (!is_truth(out->kind)) fail(begin, text("a comparison was expected before '", word, "'"));
      next();
      out = join(kind, std::move(out), truth(part));
    }
    return out;
  }

  NodePtr negated() {
    const Level level(*this);
    if (take("not")) return join(Kind::kNot, truth([&] { return negated(); }));
    return comparison();
  }

  static std::optional<Kind> comparison_of(std::string_view token) {
    if (token == "<") return Kind::kLess;
    if (token == "<=") return Kind::kLessEqual;
    if (token == ">") return Kind::kMore;
    if (token == ">=") return Kind::kMoreEqual;
    if (token == "==") return Kind::kEqual;
    if (token == "!=") return Kind::kUnequal;
    return std::nullopt;
  }

  NodePtr comparison() {
    const std::size_t begin = at_;
    NodePtr out = sum();
    const auto kind = comparison_of(token_);
    if (!kind) return out;
    if (is_truth(out->kind)) fail(begin, "a number was expected, this is a comparison");
    next();
    out = join(*kind, std::move(out), number([&] { return sum(); }));
    if (comparison_of(token_)) fail(at_, "join two comparisons with and");
    return out;
  }

  NodePtr sum() {
    return arithmetic([&] { return product(); }, "+", Kind::kAdd, "-", Kind::kSubtract);
  }
  NodePtr product() {
    return arithmetic([&] { return sign(); }, "*", Kind::kMultiply, "/", Kind::kDivide);
  }

  template <class Part>
  NodePtr arithmetic(const Part& part, std::string_view one, Kind one_kind, std::string_view two,
                     Kind two_kind) {
    const std::size_t begin = at_;
    NodePtr out = part();
    while (token_ == one || token_ == two) {
      if (is_truth(out->kind)) fail(begin, "a number was expected, this is a comparison");
      const Kind kind = token_ == one ? one_kind : two_kind;
      next();
      out = join(kind, std::move(out), number(part));
    }
    return out;
  }

  NodePtr sign() {
    const Level level(*this);
    if (take("-")) return join(Kind::kNegate, number([&] { return sign(); }));
    if (take("+")) return number([&] { return sign(); });
    return value();
  }

  NodePtr value() {
    if (token_.empty()) fail(at_, "a number, a field or '(' was expected, the condition ends");
    if (take("(")) {
      NodePtr out = any();
      close();
      return out;
    }
    if (is_digit(token_[0]) || token_[0] == '.') {
      auto out = std::make_unique<Node>(Node{Kind::kNumber});
      std::from_chars(token_.data(), token_.data() + token_.size(), out->number);
      next();
      return out;
    }
    if (is_letter(token_[0])) return name();
    fail(at_, text("a number, a field or '(' was expected, not '", token_, "'"));
  }

  NodePtr name() {
    const std::size_t begin = at_;
    const std::string_view word = token_;
    if (word == "abs" || word == "min" || word == "max") {
      next();
      return call(word == "abs" ? Kind::kAbs : word == "min" ? Kind::kMin : Kind::kMax, word);
    }
    const auto* field = std::ranges::find(kNumbers, word, &FaceNumber::name);
    if (field == kNumbers.end()) {
      std::vector<std::string> names;
      for (const FaceNumber& number : kNumbers) names.emplace_back(number.name);
      fail(begin, text("there is no field '", word, "'; there are ", joined(names)));
    }
    next();
    auto out = std::make_unique<Node>(Node{Kind::kField});
    out->field = field;
    return out;
  }

  NodePtr call(Kind kind, std::string_view word) {
    if (!take("(")) fail(at_, text("'(' was expected after ", word));
    auto out = std::make_unique<Node>(Node{kind});
    do out->parts.push_back(number([&] { return any(); }));
    while (kind != Kind::kAbs && take(","));
    close();
    return out;
  }

  void close() {
    if (!take(")")) fail(at_, "a ')' is missing");
  }

  /// Keeps words from outside from choosing the depth of the stack.
  struct Level {
    explicit Level(Parser& parser) : level(parser.level_) {
      constexpr int kMost = 64;
      if (++level > 2 * kMost) parser.fail(parser.at_, text("it is nested more than ", kMost, " deep"));
    }
    ~Level() { --level; }
    int& level;
  };

  std::string_view words_, token_;
  std::size_t at_ = 0, end_ = 0;
  int level_ = 0;
};

double number_of(const Node& node, const FaceRecord& record);

double two_numbers(Kind kind, double a, double b) {
  switch (kind) {
    case Kind::kAdd:
      return a + b;
    case Kind::kSubtract:
      return a - b;
    case Kind::kMultiply:
      return a * b;
    case Kind::kDivide:
      return a / b;
    case Kind::kMin:
      return std::min(a, b);
    default:
      return std::max(a, b);
  }
}

double field_of(const FaceNumber& field, const FaceRecord& record) {
  const Number value = field.read(record);
  if (!value)
    throw Error(ErrorCode::kFormat, text(record.source, " ", face_name(record), " has no ", field.name));
  return *value;
}

double number_of(const Node& node, const FaceRecord& record) {
  if (node.kind == Kind::kNumber) return node.number;
  if (node.kind == Kind::kField) return field_of(*node.field, record);
  double out = number_of(*node.parts.front(), record);
  if (node.kind == Kind::kNegate) return -out;
  if (node.kind == Kind::kAbs) return std::abs(out);
  for (std::size_t i = 1; i < node.parts.size(); ++i)
    out = two_numbers(node.kind, out, number_of(*node.parts[i], record));
  if (!std::isfinite(out))
    throw Error(ErrorCode::kFormat,
                text("the condition gives no number for ", record.source, " ", face_name(record)));
  return out;
}

bool truth_of(const Node& node, const FaceRecord& record) {
  const auto part = [&](std::size_t i) { return truth_of(*node.parts[i], record); };
  if (node.kind == Kind::kNot) return !part(0);
  if (node.kind == Kind::kAnd) return part(0) && part(1);
  if (node.kind == Kind::kOr) return part(0) || part(1);
  const double a = number_of(*node.parts[0], record), b = number_of(*node.parts[1], record);
  switch (node.kind) {
    case Kind::kLess:
      return a < b;
    case Kind::kLessEqual:
      return a <= b;
    case Kind::kMore:
      return a > b;
    case Kind::kMoreEqual:
      return a >= b;
    case Kind::kEqual:
      return a == b;
    default:
      return a != b;
  }
}

}  // namespace

std::span<const FaceNumber> face_numbers() {
  return kNumbers;
}

Condition::Condition(std::unique_ptr<Node> root) : root_(std::move(root)) {}
Condition::~Condition() = default;
Condition::Condition(Condition&&) noexcept = default;
Condition& Condition::operator=(Condition&&) noexcept = default;

Condition Condition::parse(std::string_view words) {
  return Condition(Parser(words).whole());
}

bool Condition::holds(const FaceRecord& record) const {
  return truth_of(*root_, record);
}

}  // namespace understudy::dataset
