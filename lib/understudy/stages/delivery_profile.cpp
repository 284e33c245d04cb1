#include "understudy/stages/delivery_profile.h"

#include <algorithm>

#include "understudy/core/files.h"
#include "understudy/core/json.h"
#include "understudy/core/toml.h"
#include "understudy/stages/profile_files.h"

namespace understudy::stages {
namespace {

Table<DeliveryProfile>::Entry parse_profile(std::string_view toml, const std::string& name,
                                            const std::string& where) {
  const Json json = parse_toml(toml, where);
  const std::vector<std::string> known = {"description", "label",         "label_always",
                                          "label_text",  "label_seconds", "uses"};
  for (const auto& [key, value] : json.items())
    if (std::ranges::find(known, key) == known.end())
      throw Error(ErrorCode::kFormat, text(where, ": unknown key '", key, "'"),
                  text("a profile has: ", joined(known)));
  DeliveryProfile profile;
  profile.label = json_field<bool>(json, "label", where);
  profile.label_always = json_field<bool>(json, "label_always", where);
  profile.label_text = json_field<std::string>(json, "label_text", where);
  profile.label_seconds = json_field<double>(json, "label_seconds", where);
  profile.uses = json_field<std::vector<std::string>>(json, "uses", where);
  if (!(profile.label_seconds >= 0))
    throw Error(ErrorCode::kFormat,
                text(where, ": label_seconds is ", profile.label_seconds, ", expected 0 or more"));
  return {name, json_field<std::string>(json, "description", where), profile};
}

}  // namespace

const Table<DeliveryProfile>& delivery_profiles() {
  static const Table<DeliveryProfile> table = [] {
    std::vector<Table<DeliveryProfile>::Entry> entries;
    for (const ProfileFile& file : profile_files())
      entries.push_back(parse_profile(file.toml, std::string(file.name), text("the profile ", file.name)));
    return Table<DeliveryProfile>("profile", std::move(entries));
  }();
  return table;
}

DeliveryProfile read_profile(const std::string& name_or_file) {
  if (!name_or_file.ends_with(".toml")) return delivery_profiles().at(name_or_file);
  return parse_profile(read_file(name_or_file), name_or_file, name_or_file).value;
}

}  // namespace understudy::stages
