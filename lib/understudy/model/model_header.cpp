#include "understudy/model/model_header.h"

#include <algorithm>
#include <cmath>

#include "understudy/core/error.h"
#include "understudy/core/text.h"

namespace understudy::model {
namespace {

constexpr const char* kFormat = "understudy-model";
constexpr std::int64_t kVersion = 2;
constexpr const char* kMetadataKey = "understudy";

/// A header of version 1 in the words of version 2.
Json upgraded(const Json& v1, std::string_view where) {
  Json json = v1;
  Json network = json_field<Json>(v1, "network", where), training = json_field<Json>(v1, "training", where);
  if (!training.is_object())
    throw Error(ErrorCode::kFormat, text(where, ": 'training' is no table of fields"));
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
  const auto batch = json_field<std::int64_t>(training, "batch", where),
             iteration = json_field<std::int64_t>(v1, "iteration", where);
  std::int64_t samples = 0;
  if (__builtin_mul_overflow(batch, iteration, &samples))
    throw Error(ErrorCode::kFormat,
                text(where, ": ", iteration, " iterations of ", batch, " faces are too many"));
  json["samples"] = samples;
  json["course"] = Json::object();
  Json crop = json_field<Json>(v1, "crop", where);
  crop["likeness_scales"] = Json::array({json_field<double>(crop, "likeness_scale", where)});
  json["crop"] = crop;
  return json;
}

/// The fields of a header that preset_from_json() knows.
Json preset_part(const Json& header) {
  Json part = Json::object();
  for (const char* key : {"summary", "network", "training"})
    if (header.contains(key)) part[key] = header[key];
  // A disturbance that an earlier program did not know was none.
  const Json none = preset_to_json(Preset{})["training"]["augment"];
  if (part.contains("training") && part["training"].is_object()) {
    Json& augment = part["training"]["augment"];
    if (augment.is_object())
      for (const auto& [key, value] : none.items())
        if (!augment.contains(key)) augment[key] = value;
  }
  return part;
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
               {"places", header.places},
               {"lineage", header.lineage}};
  if (header.start) json["start"] = network_to_json(*header.start);
  json.update(preset_to_json(header.preset));
  json.erase("summary");
  return json;
}

ModelHeader header_from_json(const Json& given, std::string_view where) {
  const auto format = json_field<std::string>(given, "format", where);
  if (format != kFormat)
    throw Error(ErrorCode::kFormat,
                text(where, ": the format is '", format, "', '", kFormat, "' was expected"));
  const auto version = json_field<std::int64_t>(given, "version", where);
  if (version < 1 || version > kVersion)
    throw Error(
        ErrorCode::kFormat,
        text(where, ": the model format's version is ", version, ", this program reads 1 to ", kVersion),
        version > kVersion ? "use a newer Understudy" : "");
  const Json json = version == 1 ? upgraded(given, where) : given;
  ModelHeader header;
  header.preset_name = json_field<std::string>(json, "preset", where);
  header.preset = preset_from_json(preset_part(json), where);
  header.samples = json_field<std::int64_t>(json, "samples", where);
  header.iteration = json_field<std::int64_t>(json, "iteration", where);
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
  header.places = json.value("places", Json::object());
  if (json.contains("start"))
    header.start = network_from_json(json["start"], text(where, ", what it began from"));
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

ModelHeader header_from_metadata(const std::map<std::string, std::string>& metadata,
                                 const std::filesystem::path& path) {
  const auto found = metadata.find(kMetadataKey);
  if (found == metadata.end())
    throw Error(
        ErrorCode::kFormat,
        text(path.string(), " is not an Understudy checkpoint: its metadata have no '", kMetadataKey, "'"));
  return header_from_json(parse_json(found->second, path.string()), path.string());
}

std::map<std::string, std::string> header_to_metadata(const ModelHeader& header) {
  return {{"format", "pt"}, {kMetadataKey, header_to_json(header).dump()}};
}

}  // namespace understudy::model
