#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "understudy/core/json.h"
#include "understudy/model/guard.h"
#include "understudy/model/presets.h"
#include "understudy/model/window.h"

namespace understudy::model {

/// What a model is. MODEL/model.json holds it, and every checkpoint's metadata under the key "understudy".
struct ModelHeader {
  std::string preset_name;
  Preset preset;
  std::string crop_family;
  std::int64_t crop_px = 0;
  Window window;                              ///< of the crop: what the network sees and paints
  std::vector<double> likeness_scales = {1};  ///< how much larger each likeness was drawn; see pose_match.h
  std::int64_t iteration = 0;
  std::int64_t samples = 0;  ///< faces of each person that were drawn so far
  double seconds = 0;        ///< of training
  std::uint64_t seed = 0;
  Guard guard;                         ///< what the training's watch has seen
  std::optional<NetworkConfig> start;  ///< of what the training began from, where it looks back at that
  Json course = Json::object();        ///< given by the trainer: its place in the plan
  Json places = Json::object();        ///< given by the stage: where the people's faces lie in their heads
  Json lineage = Json::object();       ///< given by the stage: digests of datasets, consents, program version
};

Json header_to_json(const ModelHeader& header);
/// `where` names the source in messages. Throws Error kFormat, also for a newer format version.
ModelHeader header_from_json(const Json& json, std::string_view where);

/// The header in a checkpoint's metadata, and the metadata that hold it. `path` names the file in messages.
/// Throws Error kFormat.
ModelHeader header_from_metadata(const std::map<std::string, std::string>& metadata,
                                 const std::filesystem::path& path);
std::map<std::string, std::string> header_to_metadata(const ModelHeader& header);

}  // namespace understudy::model
