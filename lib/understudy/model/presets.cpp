#include "understudy/model/presets.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <type_traits>

#include "understudy/core/error.h"
#include "understudy/core/files.h"
#include "understudy/core/nearest_name.h"
#include "understudy/core/text.h"
#include "understudy/core/toml.h"
#include "understudy/model/losses.h"
#include "understudy/model/network_plan.h"
#include "understudy/model/optimizer.h"
#include "understudy/model/preset_fields.h"
#include "understudy/model/preset_files.h"
#include "understudy/model/schedule.h"

namespace understudy::model {
namespace {

[[noreturn]] void refuse(std::string_view where, const std::string& sentence) {
  throw Error(ErrorCode::kFormat, text(where, ": ", sentence));
}

/// Reads the fields of one object, those that are there; the others must be named by `lacking_is_fine`.
class ObjectReader {
 public:
  ObjectReader(const Json& object, std::string_view where, std::string_view what, bool partial)
      : object_(object), where_(where), what_(what), partial_(partial) {
    if (!object.is_object()) refuse(where, text("'", what, "' is not a table of fields"));
  }

  template <class Member, class... Range>
  void operator()(const char* key, Member& member, Range... /*checked later*/) const {
    known_.emplace_back(key);
    if (partial_ && !object_.contains(key)) return;
    member = json_field<std::decay_t<Member>>(object_, key, where_);
  }
  void also_known(const char* key) const { known_.emplace_back(key); }

  void refuse_unknown() const {
    for (const auto& [key, value] : object_.items()) {
      if (std::ranges::find(known_, key) != known_.end()) continue;
      throw Error(ErrorCode::kFormat, text(where_, ": '", what_, "' has no field '", key, "'"),
                  text("did you mean '", nearest_name(key, known_), "'?"));
    }
  }

 private:
  const Json& object_;
  std::string_view where_, what_;
  bool partial_;
  mutable std::vector<std::string> known_;
};

/// By name, or as a list of {name, weight} as models of version 1 have it.
std::vector<LossTerm> losses_from_json(const Json& json, std::string_view where) {
  std::map<std::string, double> weights;
  if (json.is_object())
    for (const auto& [name, value] : json.items())
      weights[name] = json_field<double>(json, name.c_str(), where);
  else if (json.is_array())
    for (const Json& term : json)
      weights[json_field<std::string>(term, "name", where)] = json_field<double>(term, "weight", where);
  else
    refuse(where, "'losses' is not a table of names and weights");
  std::vector<LossTerm> terms;
  for (const auto& [name, weight] : weights) terms.push_back({name, weight});
  return terms;
}

void read_training(const Json& json, TrainingConfig& training, std::string_view where, bool partial) {
  ObjectReader reader(json, where, "training", partial);
  for_each_training_field(training, reader);
  reader.also_known("losses");
  reader.also_known("augment");
  reader.refuse_unknown();
  if (!partial || json.contains("losses"))
    training.losses = losses_from_json(json_field<Json>(json, "losses", where), where);
  if (partial && !json.contains("augment")) return;
  const Json augment = json_field<Json>(json, "augment", where);
  ObjectReader augment_reader(augment, where, "training.augment", partial);
  for_each_augment_field(training.augment, augment_reader);
  augment_reader.refuse_unknown();
}

void read_network(const Json& network, NetworkConfig& config, std::string_view where, bool partial) {
  ObjectReader reader(network, where, "network", partial);
  for_each_network_field(config, reader);
  reader.also_known("likenesses");
  reader.also_known("performers");
  reader.refuse_unknown();
  if (network.contains("likenesses"))
    config.likenesses = json_field<std::vector<std::string>>(network, "likenesses", where);
  if (network.contains("performers"))
    config.performers = json_field<std::vector<std::string>>(network, "performers", where);
}

auto writer_into(Json& object) {
  return [&object](const char* key, const auto& value, auto... /*range*/) { object[key] = value; };
}

struct RangeCheck {
  std::string_view where;
  template <class Member>
  void operator()(const char* /*key*/, const Member& /*value*/) const {
    static_assert(!std::is_arithmetic_v<Member> || std::is_same_v<Member, bool>);
  }
  template <class Member>
  void operator()(const char* key, const Member& value, double least, double most) const {
    const auto number = static_cast<double>(value);
    if (!std::isfinite(number) || number < least || number > most)
      refuse(where, text(key, " is ", value, ", from ", least, " to ", most, " was expected"));
  }
};

/// A training that leaves one side out cannot ask for what needs both.
void check_sides(const TrainingConfig& t, std::string_view where) {
  if (t.performer_weight > 0 && !t.paired) return;
  const std::string_view why = t.paired ? "with paired = true" : "with performer_weight = 0";
  if (t.paired && t.performer_weight == 0)
    refuse(where, "paired = true teaches only the performers' faces: performer_weight must be above 0");
  if (t.paired && t.augment.bend_max > 0)
    refuse(where, "paired = true keeps the shapes of both faces: bend_max must be 0");
  if (t.code_adversarial > 0)
    refuse(where, text("code_adversarial needs the faces of both sides, one is left out ", why));
  if (needs_swap(t.losses))
    refuse(where, text("the losses style and background need both sides, one is left out ", why));
}

/// Codes can be moved to where they were found to lie only while their encoder stays as it is.
void check_shift(const TrainingConfig& t, std::string_view where) {
  if (t.augment.code_shift <= 0) return;
  if (std::ranges::find(t.freeze, "encoder") == t.freeze.end())
    refuse(where, "code_shift needs an encoder that stays as it is: freeze must hold \"encoder\"");
  if (t.augment.flip > 0) refuse(where, "code_shift goes by the faces' poses: flip must be 0");
}

void check_training(const TrainingConfig& t, std::string_view where) {
  for_each_training_field(t, RangeCheck{where});
  for_each_augment_field(t.augment, RangeCheck{where});
  if (t.augment.bend_min > t.augment.bend_max)
    refuse(where, text("bend_min ", t.augment.bend_min, " is above bend_max ", t.augment.bend_max));
  if (t.losses.empty()) refuse(where, "there is no loss");
  try {
    optimizers().at(t.optimizer);
    schedules().at(t.schedule);
    for (const LossTerm& term : t.losses) losses().at(term.name);
  } catch (const Error& e) {
    refuse(where, text(e.message(), "; ", e.hint()));
  }
  for (const LossTerm& term : t.losses)
    if (!std::isfinite(term.weight) || term.weight < 0 || term.weight > 1e6)
      refuse(where, text("the weight of the loss ", term.name, " is ", term.weight,
                         ", from 0 to 1000000 was expected"));
  check_sides(t, where);
  check_shift(t, where);
}

Preset built_in(std::string_view name) {
  for (const PresetFile& file : preset_files())
    if (file.name == name)
      return preset_from_json(parse_toml(file.toml, text("the preset ", name)), text("the preset ", name));
  throw Error(ErrorCode::kBug, text("there is no preset file ", name));
}

}  // namespace

const Table<Preset>& presets() {
  static const Table<Preset> table("preset", [] {
    std::vector<Table<Preset>::Entry> entries;
    for (const char* name : {"sketch", "draft", "studio", "original", "liae", "amp", "comb", "sketch-on-base",
                             "sketch-base", "draft-base"}) {
      Preset preset = built_in(name);
      entries.push_back({name, preset.summary, preset});
    }
    return entries;
  }());
  return table;
}

Json training_to_json(const TrainingConfig& config) {
  Json training, augment, terms = Json::object();
  for_each_training_field(config, writer_into(training));
  for_each_augment_field(config.augment, writer_into(augment));
  for (const LossTerm& term : config.losses) terms[term.name] = term.weight;
  training["losses"] = std::move(terms);
  training["augment"] = std::move(augment);
  return training;
}

Json network_to_json(const NetworkConfig& config) {
  Json network;
  for_each_network_field(config, writer_into(network));
  network["likenesses"] = config.likenesses;
  network["performers"] = config.performers;
  return network;
}

Json preset_to_json(const Preset& preset) {
  return {{"summary", preset.summary},
          {"network", network_to_json(preset.network)},
          {"training", training_to_json(preset.training)}};
}

NetworkConfig network_from_json(const Json& json, std::string_view where) {
  NetworkConfig network;
  read_network(json, network, where, false);
  check_network_config(network, std::string(where));
  return network;
}

Preset preset_from_json(const Json& json, std::string_view where) {
  ObjectReader top(json, where, "preset", true);
  const bool partial = json.is_object() && json.contains("from");
  Preset preset;
  if (partial) preset = presets().at(json_field<std::string>(json, "from", where));
  std::string from;
  top("from", from);
  top("summary", preset.summary);
  top.also_known("network");
  top.also_known("training");
  top.refuse_unknown();
  if (!partial || json.contains("network"))
    read_network(json_field<Json>(json, "network", where), preset.network, where, partial);
  if (!partial || json.contains("training"))
    read_training(json_field<Json>(json, "training", where), preset.training, where, partial);
  check_preset(preset, where);
  return preset;
}

Preset find_preset(const std::string& name_or_file) {
  if (!name_or_file.ends_with(".toml")) return presets().at(name_or_file);
  return preset_from_json(parse_toml(read_file(name_or_file), name_or_file), name_or_file);
}

TrainingConfig changed_training(const TrainingConfig& training, const Json& changes, std::string_view where) {
  TrainingConfig changed = training;
  read_training(changes, changed, where, true);
  check_training(changed, where);
  return changed;
}

void check_preset(const Preset& preset, std::string_view where) {
  check_network_config(preset.network, std::string(where));
  check_training(preset.training, where);
}

}  // namespace understudy::model
