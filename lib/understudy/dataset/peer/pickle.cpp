#include "understudy/dataset/peer/pickle.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstring>
#include <deque>
#include <map>
#include <vector>

#include "understudy/core/big_endian.h"
#include "understudy/dataset/peer/pickle_numpy.h"

namespace understudy::dataset {
namespace {

enum class Kind { kPlain, kList, kTuple, kDict, kMark, kGlobal, kType, kArray };

/// A value while the pickle is read; lists and dicts may still grow, and be in several places.
struct Value {
  Kind kind = Kind::kPlain;
  Json plain = {};                 ///< of kPlain: None, bool, number, string or binary
  std::vector<Value*> parts = {};  ///< of lists and tuples; of dicts key, value, key, value
  std::string name = {};           ///< of kGlobal
  NumpyType type = {};             ///< of kType
};

constexpr int kMostLevels = 64;
constexpr std::int64_t kMostValues = 1'000'000;

class Reader {
 public:
  Reader(std::string_view bytes, std::string_view where) : rest_(bytes), where_(where) {}

  Json read() {
    while (!step(take(1)[0])) continue;
    if (stack_.size() != 1) refuse("it does not end with one value");
    return json_of(*stack_.back(), 0);
  }

 private:
  [[noreturn]] void refuse(std::string_view why) const {
    throw Error(ErrorCode::kFormat, text(where_, " holds metadata that are not read: ", why),
                "only plain data is read from a pickle, no code is ever run");
  }

  std::string_view take(std::uint64_t count) {
    if (count > rest_.size()) refuse("the pickle is cut off");
    const std::string_view out = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return out;
  }

  std::uint64_t little(std::size_t count) {
    const std::string_view bytes = take(count);
    std::uint64_t out = 0;
    for (std::size_t i = count; i-- > 0;) out = out << 8 | static_cast<unsigned char>(bytes[i]);
    return out;
  }

  std::string_view line() {
    const std::size_t end = rest_.find('\n');
    if (end == std::string_view::npos) refuse("the pickle is cut off");
    const std::string_view out = take(end);
    take(1);
    return out;
  }

  Value* make(Value value) {
    if (static_cast<std::int64_t>(all_.size()) >= kMostValues) refuse("it holds too many values");
    all_.push_back(std::move(value));
    return &all_.back();
  }
  void push(Value value) { stack_.push_back(make(std::move(value))); }
  void push_plain(Json value) { push({.plain = std::move(value)}); }
  void push_text(std::string_view value) { push_plain(std::string(value)); }
  void push_bytes(std::string_view value) {
    const auto* begin = reinterpret_cast<const std::uint8_t*>(value.data());
    push_plain(Json::binary({begin, begin + value.size()}));
  }

  Value* pop() {
    if (stack_.empty() || stack_.back()->kind == Kind::kMark) refuse("the pickle takes more than it has");
    Value* out = stack_.back();
    stack_.pop_back();
    return out;
  }
  Value& top() {
    if (stack_.empty() || stack_.back()->kind == Kind::kMark) refuse("the pickle takes more than it has");
    return *stack_.back();
  }

  /// What was pushed since the last mark.
  std::vector<Value*> pop_to_mark() {
    std::vector<Value*> out;
    while (!stack_.empty() && stack_.back()->kind != Kind::kMark) {
      out.push_back(stack_.back());
      stack_.pop_back();
    }
    if (stack_.empty()) refuse("a mark is missing");
    stack_.pop_back();
    std::ranges::reverse(out);
    return out;
  }
  void push_tuple(std::size_t count) {
    std::vector<Value*> parts;
    for (std::size_t i = 0; i < count; ++i) parts.insert(parts.begin(), pop());
    push({.kind = Kind::kTuple, .parts = std::move(parts)});
  }
  void grow(Kind kind, const std::vector<Value*>& parts) {
    if (top().kind != kind) refuse("it adds to what is no list or dict");
    if (kind == Kind::kDict && parts.size() % 2 != 0) refuse("a dict has a key without a value");
    added_ += static_cast<std::int64_t>(parts.size());
    if (added_ > kMostValues) refuse("it holds too many values");
    top().parts.insert(top().parts.end(), parts.begin(), parts.end());
  }

  void get(std::uint64_t key) {
    const auto found = memo_.find(key);
    if (found == memo_.end()) refuse("it refers to what is not there");
    stack_.push_back(found->second);
  }

  /// True at the end.
  bool step(char opcode) {
    if (opcode == '.') return true;
    if (plain(opcode) || containers(opcode) || memo(opcode) || objects(opcode)) return false;
    refuse(text("its instruction ", static_cast<int>(static_cast<unsigned char>(opcode)),
                " is none of plain data"));
  }

  bool plain(char opcode) {
    switch (static_cast<unsigned char>(opcode)) {
      case 0x80:
        return check_protocol(little(1)), true;
      case 0x95:
        return take(8), true;  // a frame's length: the bytes follow one another all the same
      case 'N':
        return push_plain(nullptr), true;
      case 0x88:
        return push_plain(true), true;
      case 0x89:
        return push_plain(false), true;
      case 'J':
        return push_plain(static_cast<std::int32_t>(little(4))), true;
      case 'K':
        return push_plain(little(1)), true;
      case 'M':
        return push_plain(little(2)), true;
      case 0x8a:
        return push_plain(long_number(little(1))), true;
      case 'I':
        return push_number_line(), true;
      case 'L':
        return push_number_line(), true;
      case 'F':
        return push_plain(float_line()), true;
      case 'G':
        return push_plain(big_endian_double()), true;
      case 'X':
        return push_text(take(little(4))), true;
      case 0x8c:
        return push_text(take(little(1))), true;
      case 0x8d:
        return push_text(take(little(8))), true;
      case 'V':
        return push_text(line()), true;
      case 'B':
        return push_bytes(take(little(4))), true;
      case 'C':
        return push_bytes(take(little(1))), true;
      case 0x8e:
        return push_bytes(take(little(8))), true;
      case 'T':
        return push_text(take(little(4))), true;
      case 'U':
        return push_text(take(little(1))), true;
      default:
        return false;
    }
  }

  void check_protocol(std::uint64_t protocol) const {
    if (protocol > 4) refuse("it is of a newer protocol");
  }

  bool containers(char opcode) {
    switch (static_cast<unsigned char>(opcode)) {
      case '(':
        return push({.kind = Kind::kMark}), true;
      case '}':
        return push({.kind = Kind::kDict}), true;
      case ']':
        return push({.kind = Kind::kList}), true;
      case ')':
        return push({.kind = Kind::kTuple}), true;
      case 0x85:
        return push_tuple(1), true;
      case 0x86:
        return push_tuple(2), true;
      case 0x87:
        return push_tuple(3), true;
      case 't':
        return push({.kind = Kind::kTuple, .parts = pop_to_mark()}), true;
      case 'l':
        return push({.kind = Kind::kList, .parts = pop_to_mark()}), true;
      case 'd':
        return filled_dict(), true;
      case 'a':
        return append(1, Kind::kList), true;
      case 's':
        return append(2, Kind::kDict), true;
      case 'e':
        return appends(Kind::kList), true;
      case 'u':
        return appends(Kind::kDict), true;
      default:
        return false;
    }
  }

  bool memo(char opcode) {
    switch (static_cast<unsigned char>(opcode)) {
      case 'q':
        return memo_[little(1)] = &top(), true;
      case 'r':
        return memo_[little(4)] = &top(), true;
      case 'p':
        return memo_[key_line()] = &top(), true;
      case 0x94:
        return memo_[memo_.size()] = &top(), true;
      case 'h':
        return get(little(1)), true;
      case 'j':
        return get(little(4)), true;
      case 'g':
        return get(key_line()), true;
      case '0':
        return pop(), true;
      default:
        return false;
    }
  }

  bool objects(char opcode) {
    switch (static_cast<unsigned char>(opcode)) {
      case 'c': {
        const std::string module(line());
        return push_global(module, std::string(line())), true;
      }
      case 0x93: {
        const Json name = pop()->plain, module = pop()->plain;
        if (!name.is_string() || !module.is_string()) refuse("it names something without a name");
        return push_global(module.get<std::string>(), name.get<std::string>()), true;
      }
      case 'R':
        return reduce(), true;
      case 'b':
        return build(), true;
      default:
        return false;
    }
  }

  void append(std::size_t count, Kind kind) {
    std::vector<Value*> parts;
    for (std::size_t i = 0; i < count; ++i) parts.insert(parts.begin(), pop());
    grow(kind, parts);
  }
  void appends(Kind kind) {
    const std::vector<Value*> parts = pop_to_mark();
    grow(kind, parts);
  }
  void filled_dict() {
    const std::vector<Value*> parts = pop_to_mark();
    push({.kind = Kind::kDict});
    grow(Kind::kDict, parts);
  }

  Json long_number(std::uint64_t count) {
    if (count > 8) refuse("a number is too large");
    if (count == 0) return 0;
    std::uint64_t value = little(count);
    if (count < 8 && (value >> (8 * count - 1) & 1)) value |= ~std::uint64_t{0} << 8 * count;
    return static_cast<std::int64_t>(value);
  }
  template <class T>
  T number_in(std::string_view words) const {
    T out{};
    const auto [end, error] = std::from_chars(words.data(), words.data() + words.size(), out);
    if (error != std::errc() || end != words.data() + words.size()) refuse("a number is none");
    return out;
  }
  void push_number_line() {
    std::string_view words = line();
    if (words == "00" || words == "01") return push_plain(words == "01");
    if (words.ends_with('L')) words.remove_suffix(1);
    push_plain(number_in<std::int64_t>(words));
  }
  std::uint64_t key_line() { return number_in<std::uint64_t>(line()); }
  double finite(double value) const {
    if (!std::isfinite(value)) refuse("a number is not finite");
    return value;
  }
  double float_line() { return finite(number_in<double>(line())); }
  double big_endian_double() {
    const std::uint64_t bits = from_big_endian(take(8));
    double out;
    std::memcpy(&out, &bits, sizeof out);
    return finite(out);
  }

  void push_global(const std::string& module, const std::string& name) {
    const bool arrays = module == "numpy.core.multiarray" || module == "numpy._core.multiarray";
    const bool known = (arrays && (name == "_reconstruct" || name == "scalar")) ||
                       (module == "numpy" && (name == "ndarray" || name == "dtype"));
    if (!known)
      refuse(text("it asks for '", module.substr(0, 80), ".", name.substr(0, 80), "', which might run code"));
    push({.kind = Kind::kGlobal, .name = name});
  }

  void reduce() {
    const Value* arguments = pop();
    const Value* maker = pop();
    if (maker->kind != Kind::kGlobal || arguments->kind != Kind::kTuple) refuse("it calls something");
    const std::vector<Value*>& parts = arguments->parts;
    if (maker->name == "dtype" && !parts.empty() && parts[0]->plain.is_string())
      return push({.kind = Kind::kType, .type = {parts[0]->plain.get<std::string>(), false}});
    if (maker->name == "_reconstruct" && parts.size() == 3 && parts[0]->kind == Kind::kGlobal &&
        parts[0]->name == "ndarray")
      return push({.kind = Kind::kArray});
    if (maker->name == "scalar" && parts.size() == 2 && parts[0]->kind == Kind::kType &&
        parts[1]->plain.is_binary()) {
      const std::string bytes = bytes_of(*parts[1]);
      return push_plain(numpy_lists(parts[0]->type, {1}, false, bytes, where_).at(0));
    }
    refuse("it calls something");
  }

  static std::string bytes_of(const Value& value) {
    const auto& binary = value.plain.get_binary();
    return {binary.begin(), binary.end()};
  }

  void build() {
    const Value* state = pop();
    Value& target = top();
    const std::vector<Value*>& parts = state->parts;
    if (state->kind != Kind::kTuple) refuse("it sets up something");
    if (target.kind == Kind::kType && parts.size() >= 2 && parts[1]->plain.is_string()) {
      target.type.big_endian = parts[1]->plain.get<std::string>() == ">";
      return;
    }
    if (target.kind == Kind::kArray && parts.size() == 5 && parts[1]->kind == Kind::kTuple &&
        parts[2]->kind == Kind::kType && parts[3]->plain.is_boolean() && parts[4]->plain.is_binary()) {
      std::vector<std::int64_t> shape;
      for (const Value* side : parts[1]->parts) {
        if (side->kind != Kind::kPlain) refuse("an array has no sensible shape");
        shape.push_back(json_as<std::int64_t>(side->plain));
      }
      const std::string bytes = bytes_of(*parts[4]);
      Json lists = numpy_lists(parts[2]->type, shape, parts[3]->plain.get<bool>(), bytes, where_);
      target = {.plain = std::move(lists)};
      return;
    }
    refuse("it sets up something");
  }

  Json json_of(const Value& value, int level) {
    if (level > kMostLevels) refuse("it is nested too deeply");
    const std::size_t bytes = value.plain.is_string()   ? value.plain.get_ref<const std::string&>().size()
                              : value.plain.is_binary() ? value.plain.get_binary().size()
                                                        : value.plain.size();
    copied_ += 1 + static_cast<std::int64_t>(bytes) / 64;  // one value may stand in many places
    if (copied_ > kMostValues) refuse("it holds too many values");
    switch (value.kind) {
      case Kind::kPlain:
        return value.plain;
      case Kind::kList:
      case Kind::kTuple: {
        Json out = Json::array();
        for (const Value* part : value.parts) out.push_back(json_of(*part, level + 1));
        return out;
      }
      case Kind::kDict: {
        std::map<std::string, Json> last;
        for (std::size_t i = 0; i + 1 < value.parts.size(); i += 2) {
          const Json& key = value.parts[i]->plain;
          last[key.is_string() ? key.get<std::string>() : json_text(key)] =
              json_of(*value.parts[i + 1], level + 1);
        }
        return last;
      }
      default:
        refuse("it holds what is no plain data");
    }
  }

  std::string_view rest_, where_;
  std::deque<Value> all_;
  std::vector<Value*> stack_;
  std::map<std::uint64_t, Value*> memo_;
  std::int64_t copied_ = 0, added_ = 0;
};

}  // namespace

Json read_pickle(std::string_view bytes, std::string_view where) {
  return Reader(bytes, where).read();
}

}  // namespace understudy::dataset
