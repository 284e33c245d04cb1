#include "understudy/stages/plan/shot_file.h"

#include <algorithm>
#include <functional>

#include "understudy/core/files.h"
#include "understudy/core/json.h"
#include "understudy/core/nearest_name.h"
#include "understudy/core/toml.h"

namespace fs = std::filesystem;

namespace understudy::stages {
namespace {

constexpr std::int64_t kMost = 1'000'000;

/// One table of the file: each key is asked for once, and what nobody asked for is refused.
class TableReader {
 public:
  TableReader(const Json& table, std::string where) : table_(table), where_(std::move(where)) {
    if (!table.is_object()) throw Error(ErrorCode::kFormat, text(where_, " is not a table of keys"));
  }

  /// Leaves `value` as it is where the key is not there.
  template <class Value>
  void take(const char* key, Value& value) {
    known_.emplace_back(key);
    if (!table_.contains(key)) return;
    try {
      value = json_as<Value>(table_.at(key));
    } catch (const Error& e) {
      throw Error(ErrorCode::kFormat, text(where_, ": '", key, "': ", e.message()));
    }
  }
  template <class Value>
  void need(const char* key, Value& value) {
    if (!table_.contains(key)) missing_.emplace_back(key);
    take(key, value);
  }
  void take_number(const char* key, std::int64_t& value, std::int64_t least) {
    take(key, value);
    if (value < least || value > kMost)
      throw Error(ErrorCode::kFormat, text(where_, ": '", key, "' is ", value, ", a number from ", least,
                                           " to ", kMost, " was expected"));
  }
  /// Relative to `folder`; empty stays empty.
  void take_path(const char* key, fs::path& value, const fs::path& folder) {
    std::string given;
    take(key, given);
    if (!given.empty()) value = (folder / given).lexically_normal();
  }
  void need_path(const char* key, fs::path& value, const fs::path& folder) {
    if (!table_.contains(key)) missing_.emplace_back(key);
    take_path(key, value, folder);
    if (table_.contains(key) && value.empty())
      throw Error(ErrorCode::kFormat, text(where_, ": '", key, "' is empty"));
  }
  /// A table within; its name in the file is part of messages.
  const Json& inner(const char* key) {
    static const Json kNothing = Json::object();
    known_.emplace_back(key);
    return table_.contains(key) ? table_.at(key) : kNothing;
  }

  /// To be called when every key was asked for: refuses those that nobody knows, then says what is missing.
  void finish() const {
    for (const auto& [key, value] : table_.items())
      if (std::ranges::find(known_, key) == known_.end())
        throw Error(ErrorCode::kFormat, text(where_, ": unknown key '", key, "'"),
                    text("did you mean '", nearest_name(key, known_), "'? There are: ", joined(known_)));
    if (!missing_.empty())
      throw Error(ErrorCode::kFormat, text(where_, ": the key '", missing_.front(), "' is missing"));
  }

 private:
  const Json& table_;
  std::string where_;
  std::vector<std::string> known_, missing_;
};

/// Names become names of jobs, sources and people of a model, and parts of paths.
void check_name(const std::string& name, const std::string& where) {
  const bool plain =
      !name.empty() && name.front() != '-' && name.size() <= 40 && std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
      });
  if (!plain)
    throw Error(ErrorCode::kFormat, text(where, ": '", name, "' cannot be a name"),
                "use up to 40 lower-case letters, digits, - and _");
}

/// The tables below one, each by its name, in the order of their names.
void each_named(const Json& tables, const std::string& where,
                const std::function<void(const std::string& name, TableReader& reader)>& read) {
  if (!tables.is_object()) throw Error(ErrorCode::kFormat, text(where, " is not a table of tables"));
  for (const auto& [name, table] : tables.items()) {
    check_name(name, where);
    TableReader reader(table, text(where, ".", name));
    read(name, reader);
  }
}

std::vector<ShotPlate> read_plates(const Json& tables, const std::string& where, const fs::path& folder) {
  std::vector<ShotPlate> out;
  each_named(tables, where, [&](const std::string& name, TableReader& reader) {
    ShotPlate plate{name, {}, {}};
    reader.need_path("path", plate.path, folder);
    reader.take("frames", plate.frames);
    reader.finish();
    if (!plate.frames.empty()) FrameSet::parse(plate.frames);
    out.push_back(std::move(plate));
  });
  return out;
}

std::vector<ShotPerson> read_people(const Json& tables, const std::string& where, const fs::path& folder) {
  std::vector<ShotPerson> out;
  each_named(tables, where, [&](const std::string& name, TableReader& reader) {
    ShotPerson person{name, {}, {}};
    reader.need("plates", person.plates);
    reader.need_path("consent", person.consent, folder);
    reader.finish();
    if (person.plates.empty())
      throw Error(ErrorCode::kFormat, text(where, ".", name, ": 'plates' names no plate"));
    out.push_back(std::move(person));
  });
  return out;
}

void take_needs(TableReader& reader, ShotStage& stage) {
  reader.take("options", stage.options);
  reader.take_number("cores", stage.cores, 1);
  std::int64_t memory_mb = 0;
  reader.take_number("memory_mb", memory_mb, 0);
  if (memory_mb > 0) stage.memory_mb = memory_mb;
  reader.take_number("gpus", stage.gpus, 0);
  reader.take_number("minutes", stage.minutes, 0);
}

void read_stage(const Json& table, const std::string& where, ShotStage& stage) {
  TableReader reader(table, where);
  take_needs(reader, stage);
  reader.finish();
}

void read_training(const Json& table, const std::string& where, ShotFile& shot) {
  TableReader reader(table, where);
  take_needs(reader, shot.train);
  reader.take("preset", shot.preset);
  reader.take_number("ranks", shot.ranks, 1);
  reader.take_path("model", shot.model, shot.folder);
  reader.finish();
}

void read_delivery(const Json& table, const std::string& where, ShotFile& shot) {
  TableReader reader(table, where);
  take_needs(reader, shot.deliver);
  reader.need("plate", shot.delivery.plate);
  reader.need_path("output", shot.delivery.output, shot.folder);
  reader.take("performer", shot.delivery.performer);
  reader.take("likeness", shot.delivery.likeness);
  reader.take_path("trust", shot.delivery.trust, shot.folder);
  reader.finish();
}

template <class Named>
std::vector<std::string> names_of(const std::vector<Named>& all) {
  std::vector<std::string> out;
  for (const Named& one : all) out.push_back(one.name);
  return out;
}

void check_known(const std::string& name, const std::vector<std::string>& known, const std::string& where,
                 const char* what) {
  if (std::ranges::find(known, name) != known.end()) return;
  throw Error(ErrorCode::kUsage, text(where, ": there is no ", what, " '", name, "'"),
              known.empty()
                  ? text("the file names no ", what)
                  : text("did you mean '", nearest_name(name, known), "'? There are: ", joined(known)));
}

/// The only one of `names`, or what was said.
void choose(std::string& chosen, const std::vector<std::string>& names, const std::string& where,
            const char* what) {
  if (!chosen.empty()) return check_known(chosen, names, where, what);
  if (names.size() != 1)
    throw Error(
        ErrorCode::kUsage,
        text(where, ": ", names.empty() ? "there is no " : "it is not clear which ", what, " is meant"),
        names.empty() ? text("the file needs a ", what, " here")
                      : text("say ", what, " = one of: ", joined(names)));
  chosen = names.front();
}

void check_people(const ShotFile& shot, const std::vector<ShotPerson>& people, const std::string& where) {
  for (const ShotPerson& person : people)
    for (const std::string& plate : person.plates)
      check_known(plate, names_of(shot.plates), text(where, ".", person.name), "plate");
}

void check_together(ShotFile& shot, const std::string& where) {
  check_people(shot, shot.likenesses, where + ": likenesses");
  check_people(shot, shot.performers, where + ": performers");
  const std::string delivery = where + ": delivery";
  check_known(shot.delivery.plate, names_of(shot.plates), delivery, "plate");
  std::vector<std::string> there;
  for (const ShotPerson& person : shot.performers)
    if (std::ranges::count(person.plates, shot.delivery.plate) > 0) there.push_back(person.name);
  choose(shot.delivery.performer, there, delivery, "performer");
  // A model that is there already knows whom it puts in.
  if (shot.model.empty()) choose(shot.delivery.likeness, names_of(shot.likenesses), delivery, "likeness");
}

}  // namespace

const ShotPlate& ShotFile::plate(const std::string& wanted) const {
  return *std::ranges::find(plates, wanted, &ShotPlate::name);
}

ShotFile read_shot_file(const fs::path& path) {
  const std::string where = path.string();
  const Json json = parse_toml(read_file(path), where);
  ShotFile shot;
  shot.folder = fs::absolute(path).parent_path().lexically_normal();
  shot.work = shot.folder / "work";
  shot.programs = fs::read_symlink("/proc/self/exe").parent_path();
  TableReader reader(json, where);
  reader.need("shot", shot.name);
  reader.take_path("work", shot.work, shot.folder);
  reader.take_path("programs", shot.programs, shot.folder);
  reader.take_number("chunk", shot.chunk, 1);
  shot.plates = read_plates(reader.inner("plates"), where + ": plates", shot.folder);
  shot.likenesses = read_people(reader.inner("likenesses"), where + ": likenesses", shot.folder);
  shot.performers = read_people(reader.inner("performers"), where + ": performers", shot.folder);
  read_stage(reader.inner("extract"), where + ": extract", shot.extract);
  read_stage(reader.inner("align"), where + ": align", shot.align);
  read_training(reader.inner("train"), where + ": train", shot);
  read_stage(reader.inner("convert"), where + ": convert", shot.convert);
  read_stage(reader.inner("merge"), where + ": merge", shot.merge);
  const Json& delivery = reader.inner("delivery");
  reader.finish();
  check_name(shot.name, where + ": shot");
  read_delivery(delivery, where + ": delivery", shot);
  check_together(shot, where);
  return shot;
}

std::string option_value(std::initializer_list<const ShotStage*> stages, const std::string& name) {
  std::string value;
  for (const ShotStage* stage : stages)
    for (std::size_t i = 0; i < stage->options.size(); ++i) {
      const std::string& word = stage->options[i];
      if (word == name && i + 1 < stage->options.size()) value = stage->options[i + 1];
      if (word.starts_with(name + "=")) value = word.substr(name.size() + 1);
    }
  return value;
}

}  // namespace understudy::stages
