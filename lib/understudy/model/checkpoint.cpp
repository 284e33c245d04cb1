#include "understudy/model/checkpoint.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <functional>
#include <optional>
#include <vector>

#include "understudy/core/error.h"
#include "understudy/core/files.h"
#include "understudy/core/text.h"

namespace understudy::model {
namespace {

namespace fs = std::filesystem;

constexpr const char* kFormat = "understudy-model";
constexpr std::int64_t kVersion = 2;
constexpr const char* kMetadataKey = "understudy";

std::array<fs::path, 2> checkpoint_paths(const fs::path& folder) {
  return {folder / "checkpoint-a.safetensors", folder / "checkpoint-b.safetensors"};
}

ModelHeader header_of(const std::map<std::string, std::string>& metadata, const fs::path& path) {
  const auto found = metadata.find(kMetadataKey);
  if (found == metadata.end())
    throw Error(
        ErrorCode::kFormat,
        text(path.string(), " is not an Understudy checkpoint: its metadata have no '", kMetadataKey, "'"));
  return header_from_json(parse_json(found->second, path.string()), path.string());
}

/// A header of version 1 in the words of version 2.
Json upgraded(const Json& v1, std::string_view where) {
  Json json = v1;
  Json network = json_field<Json>(v1, "network", where), training = json_field<Json>(v1, "training", where);
  const auto widths = json_field<Json>(network, "likeness_channels", where);
  Json variants = {"double-resolution", "flat-inter"};
  if (!json_field<bool>(network, "residual", where)) variants.push_back("plain");
  network.erase("likeness_channels");
  network.erase("residual");
  network["architecture"] = "df";
  network["variants"] = variants;
  network["decoder_channels"] = widths;
  const Json balance = training.value("yaw_balance", Json(0.0));
  training.erase("yaw_balance");
  // What version 1 did not have stays at its default.
  const Json defaults = preset_to_json(Preset{})["training"];
  for (const auto& [key, value] : defaults.items())
    if (!training.contains(key)) training[key] = value;
  training["pose_balance"] = balance;
  json["network"] = network;
  json["training"] = training;
  const auto batch = json_field<std::int64_t>(training, "batch", where);
  json["samples"] = batch * json_field<std::int64_t>(v1, "iteration", where);
  json["course"] = Json::object();
  Json crop = json_field<Json>(v1, "crop", where);
  crop["likeness_scales"] = {json_field<double>(crop, "likeness_scale", where)};
  json["crop"] = crop;
  return json;
}

/// The fields of a header that preset_from_json() knows.
Json preset_part(const Json& header) {
  Json part = Json::object();
  for (const char* key : {"summary", "network", "training"})
    if (header.contains(key)) part[key] = header[key];
  return part;
}

struct Candidate {
  fs::path path;
  std::optional<ModelHeader> header;
  std::string trouble;  ///< why it cannot be used
};

/// The checkpoints in `folder`, newest first; unreadable ones last. A file that cannot be opened at all
/// throws.
std::vector<Candidate> candidates(const fs::path& folder) {
  std::vector<Candidate> out;
  for (const fs::path& path : checkpoint_paths(folder)) {
    if (!fs::exists(path)) continue;
    Candidate candidate{path, {}, {}};
    try {
      candidate.header = header_of(read_safetensors_metadata(path), path);
    } catch (const Error& e) {
      if (e.code() != ErrorCode::kFormat) throw;
      candidate.trouble = e.message();
    }
    out.push_back(std::move(candidate));
  }
  std::stable_sort(out.begin(), out.end(), [](const Candidate& a, const Candidate& b) {
    return (a.header ? a.header->iteration : -1) > (b.header ? b.header->iteration : -1);
  });
  return out;
}

/// model.json repeats what the checkpoints say; it may be absent or older, but not of another model or
/// format.
void check_description(const fs::path& folder, const ModelHeader& header) {
  const fs::path path = folder / "model.json";
  if (!fs::exists(path)) return;
  const ModelHeader described = header_from_json(read_json_file(path), path.string());
  if (described.preset_name == header.preset_name && described.preset.network == header.preset.network)
    return;
  throw Error(ErrorCode::kFormat,
              text(path.string(), " describes a model of the preset '", described.preset_name, "', ",
                   described.preset.network.output_px, " pixels, but the checkpoints beside it are of '",
                   header.preset_name, "', ", header.preset.network.output_px, " pixels, or of other widths"),
              "restore the folder from a copy; or remove model.json, since the checkpoints hold the same");
}

/// The first candidate that `use` accepts; what was wrong with those before it becomes `note`.
template <class Result>
Result first_usable(const fs::path& folder, const std::function<Result(const Candidate&)>& use,
                    std::string& note) {
  const std::vector<Candidate> found = candidates(folder);
  if (found.empty()) {
    throw Error(ErrorCode::kInput,
                text(folder.string(),
                     " holds no model: there is no checkpoint-a.safetensors or checkpoint-b.safetensors"),
                "give the folder that understudy-train wrote");
  }
  std::vector<std::string> troubles;
  std::optional<Result> result;
  for (const Candidate& candidate : found) {
    if (!candidate.header) {
      troubles.push_back(candidate.trouble);
      continue;
    }
    if (result) continue;
    try {
      result = use(candidate);
    } catch (const Error& e) {
      if (e.code() != ErrorCode::kFormat) throw;
      troubles.push_back(e.message());
    }
  }
  note = joined(troubles, "; ");
  if (!result)
    throw Error(ErrorCode::kFormat, text("no checkpoint in ", folder.string(), " can be used: ", note),
                "restore the folder from a copy, or train again into another one");
  if (!note.empty()) note += "; the other checkpoint is used";
  return *std::move(result);
}

}  // namespace

Json header_to_json(const ModelHeader& header) {
  Json json = {{"format", kFormat},
               {"version", kVersion},
               {"preset", header.preset_name},
               {"iteration", header.iteration},
               {"samples", header.samples},
               {"seconds", header.seconds},
               {"seed", header.seed},
               {"guard", header.guard.to_json()},
               {"course", header.course},
               {"crop",
                {{"family", header.crop_family},
                 {"px", header.crop_px},
                 {"window_side", header.window.side},
                 {"window_down", header.window.down},
                 {"likeness_scales", header.likeness_scales}}},
               {"lineage", header.lineage}};
  json.update(preset_to_json(header.preset));
  json.erase("summary");
  return json;
}

ModelHeader header_from_json(const Json& json, std::string_view where) {
  const auto format = json_field<std::string>(json, "format", where);
  if (format != kFormat)
    throw Error(ErrorCode::kFormat,
                text(where, ": the format is '", format, "', '", kFormat, "' was expected"));
  const auto version = json_field<std::int64_t>(json, "version", where);
  if (version < 1 || version > kVersion)
    throw Error(
        ErrorCode::kFormat,
        text(where, ": the model format's version is ", version, ", this program reads 1 to ", kVersion),
        version > kVersion ? "use a newer Understudy" : "");
  ModelHeader header;
  header.preset_name = json_field<std::string>(json, "preset", where);
  header.preset = preset_from_json(preset_part(version == 1 ? upgraded(json, where) : json), where);
  header.iteration = json_field<std::int64_t>(json, "iteration", where);
  header.samples = json_field<std::int64_t>(json, "samples", where);
  header.seconds = json_field<double>(json, "seconds", where);
  header.seed = json_field<std::uint64_t>(json, "seed", where);
  header.guard = Guard::from_json(json.value("guard", Json::object()), where);
  const Json crop = json_field<Json>(json, "crop", where);
  header.crop_family = json_field<std::string>(crop, "family", where);
  header.crop_px = json_field<std::int64_t>(crop, "px", where);
  header.window = {json_field<double>(crop, "window_side", where),
                   json_field<double>(crop, "window_down", where)};
  header.likeness_scales = json_field<std::vector<double>>(crop, "likeness_scales", where);
  header.course = json_field<Json>(json, "course", where);
  header.lineage = json_field<Json>(json, "lineage", where);
  if (!header.lineage.is_object())
    throw Error(ErrorCode::kFormat, text(where, ": the field 'lineage' is not an object"));
  if (!(header.window.side >= 0.1 && header.window.side <= 1 && std::abs(header.window.down) <= 0.5))
    throw Error(ErrorCode::kFormat, text(where, ": the window of side ", header.window.side, ", ",
                                         header.window.down, " below the centre, does not lie in the crop"));
  if (header.likeness_scales.size() != header.preset.network.likenesses.size() ||
      !std::ranges::all_of(header.likeness_scales, [](double s) { return s >= 0.5 && s <= 2; }))
    throw Error(ErrorCode::kFormat,
                text(where, ": likeness_scales must hold a number from 0.5 to 2 for each likeness"));
  if (header.iteration < 0 || header.samples < 0)
    throw Error(ErrorCode::kFormat, text(where, ": the iteration is ", header.iteration, " and the samples ",
                                         header.samples, ", 0 and more were expected"));
  return header;
}

bool has_checkpoint(const fs::path& folder) {
  return std::ranges::any_of(checkpoint_paths(folder), [](const fs::path& path) { return fs::exists(path); });
}

void save_checkpoint(const fs::path& folder, const ModelHeader& header, const NamedTensors& tensors) {
  make_folder(folder);
  const std::vector<Candidate> found = candidates(folder);
  fs::path target = checkpoint_paths(folder)[0];
  if (found.size() == 2) target = found.back().path;
  if (found.size() == 1 && found[0].path == target && found[0].header) target = checkpoint_paths(folder)[1];
  const Json json = header_to_json(header);
  write_safetensors(target, tensors, {{"format", "pt"}, {kMetadataKey, json.dump()}});
  write_json_file(folder / "model.json", json);
}

Checkpoint load_checkpoint(const fs::path& folder, std::string_view only) {
  std::string note;
  const std::function<Checkpoint(const Candidate&)> use = [only](const Candidate& c) {
    return Checkpoint{*c.header, read_safetensors(c.path, only), c.path, {}};
  };
  Checkpoint checkpoint = first_usable(folder, use, note);
  check_description(folder, checkpoint.header);
  checkpoint.note = std::move(note);
  return checkpoint;
}

ModelHeader read_model_header(const fs::path& folder) {
  std::string note;
  const std::function<ModelHeader(const Candidate&)> use = [](const Candidate& c) { return *c.header; };
  ModelHeader header = first_usable(folder, use, note);
  check_description(folder, header);
  return header;
}

ModelHeader read_weights_header(const fs::path& weights_file) {
  return header_of(read_safetensors_metadata(weights_file), weights_file);
}

}  // namespace understudy::model
