#include "understudy/stages/merge_shot.h"

#include <algorithm>
#include <charconv>
#include <iterator>

#include "understudy/core/files.h"
#include "understudy/core/toml.h"

namespace understudy::stages {
namespace {

using Put = std::function<void(MergeLook& look, const Json& from, const Json& to, double share)>;

void put_word(MergeLook& look, std::string MergeLook::*member, const Json& value) {
  look.*member = json_as<std::string>(value);
}

/// A list, or one word.
void put_words(MergeLook& look, std::vector<std::string> MergeLook::*member, const Json& value) {
  look.*member =
      value.is_string() ? std::vector{value.get<std::string>()} : json_as<std::vector<std::string>>(value);
}

void put_number(MergeLook& look, const LookNumber& number, const Json& from, const Json& to, double share) {
  const auto checked = [&](const Json& value) {
    const auto out = json_as<double>(value);
    if (out < number.least || out > number.most)
      throw Error(ErrorCode::kFormat,
                  text("a number from ", number.least, " to ", number.most, " was expected, found ", out));
    return out;
  };
  const double first = checked(from), last = checked(to);
  number.of(look) = first + share * (last - first);
}

/// How each option of a look is put into it, by its name.
std::map<std::string, Put> all_puts() {
  const auto word = [](std::string MergeLook::*member) -> Put {
    return [member](MergeLook& look, const Json& from, const Json&, double) { put_word(look, member, from); };
  };
  const auto words = [](std::vector<std::string> MergeLook::*member) -> Put {
    return
        [member](MergeLook& look, const Json& from, const Json&, double) { put_words(look, member, from); };
  };
  std::map<std::string, Put> out{{"color", word(&MergeLook::color)},
                                 {"mask", word(&MergeLook::mask)},
                                 {"blend", word(&MergeLook::blend)},
                                 {"texture", words(&MergeLook::textures)},
                                 {"keep", words(&MergeLook::keep)}};
  for (const auto& number : look_numbers())
    out[number.name] = [value = number.value](MergeLook& look, const Json& from, const Json& to,
                                              double share) { put_number(look, value, from, to, share); };
  return out;
}

std::int64_t frame_from(const std::string& key) {
  std::int64_t frame = 0;
  const char* end = key.data() + key.size();
  const auto [rest, error] = std::from_chars(key.data(), end, frame);
  if (error != std::errc() || rest != end)
    throw Error(ErrorCode::kFormat, text("a frame's number was expected, found '", key, "'"));
  return frame;
}

}  // namespace

Shot::Shot(MergeLook look, const std::filesystem::path& file) : look_(std::move(look)) {
  const std::map<std::string, Put> puts = all_puts();
  std::vector<std::string> names;
  for (const auto& [name, put] : puts) names.push_back(name);
  const Json json = parse_toml(read_file(file), file.string());
  for (const auto& [name, value] : json.items()) {
    const auto put = puts.find(name);
    if (put == puts.end())
      throw Error(ErrorCode::kFormat,
                  text(file.string(), ": no option that may change is called '", name, "'"),
                  text("these may: ", joined(names)));
    try {
      Course course;
      course.put = put->second;
      const Json table = value.is_object() ? value : Json{{"0", value}};
      for (const auto& [key, at_key] : table.items()) {
        if (key == "hold")
          course.hold = json_as<bool>(at_key);
        else
          course.keys[frame_from(key)] = at_key;
      }
      if (course.keys.empty()) throw Error(ErrorCode::kFormat, "at least one frame was expected");
      courses_.push_back(course);
      for (const auto& [frame, at_key] : course.keys) {
        MergeLook tried;
        course.put(tried, at_key, at_key, 0);
        check_look(tried);
      }
    } catch (const Error& e) {
      throw Error(ErrorCode::kFormat, text(file.string(), ": ", name, ": ", e.message()), e.hint());
    }
  }
}

void Shot::apply(const Course& course, std::int64_t frame, MergeLook& look) const {
  const auto next = course.keys.upper_bound(frame);
  if (next == course.keys.begin()) return course.put(look, next->second, next->second, 0);
  const auto last = std::prev(next);
  if (next == course.keys.end() || course.hold) return course.put(look, last->second, last->second, 0);
  // Frames may be further apart than a whole number with a sign can say.
  const auto after_last = [&](std::int64_t to) {
    return static_cast<double>(static_cast<std::uint64_t>(to) - static_cast<std::uint64_t>(last->first));
  };
  const double share = after_last(frame) / after_last(next->first);
  course.put(look, last->second, next->second, share);
}

MergeLook Shot::at(std::int64_t frame) const {
  MergeLook out = look_;
  for (const Course& course : courses_) apply(course, frame, out);
  return out;
}

Shot Shot::with(const std::string& option, const std::string& word) const {
  Shot out = *this;
  out.courses_.push_back({{{0, word}}, true, all_puts().at(option)});
  return out;
}

bool Shot::uses(const std::function<bool(const MergeLook&)>& what) const {
  if (what(look_)) return true;
  for (const Course& course : courses_)
    for (const auto& [frame, value] : course.keys)
      if (what(at(frame))) return true;
  return false;
}

}  // namespace understudy::stages
