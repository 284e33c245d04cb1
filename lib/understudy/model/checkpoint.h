#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "understudy/core/json.h"
#include "understudy/model/guard.h"
#include "understudy/model/presets.h"
#include "understudy/model/safetensors.h"
#include "understudy/model/window.h"

namespace understudy::model {

/// What a model is. MODEL/model.json holds it, and every checkpoint's metadata under the key "understudy".
struct ModelHeader {
  std::string preset_name;
  Preset preset;
  std::string crop_family;
  std::int64_t crop_px = 0;
  Window window;              ///< of the crop: what the network sees and paints
  std::vector<double> likeness_scales = {1};  ///< how much larger each likeness was drawn; see pose_match.h
  std::int64_t iteration = 0;
  std::int64_t samples = 0;  ///< faces of each person that were drawn so far
  double seconds = 0;  ///< of training
  std::uint64_t seed = 0;
  Guard guard;                    ///< what the training's watch has seen
  Json course = Json::object();   ///< given by the trainer: its place in the plan
  Json lineage = Json::object();  ///< given by the stage: digests of datasets, consents, program version
};

Json header_to_json(const ModelHeader& header);
/// `where` names the source in messages. Throws Error kFormat, also for a newer format version.
ModelHeader header_from_json(const Json& json, std::string_view where);

/// A whole checkpoint.
struct Checkpoint {
  ModelHeader header;
  TensorFile file;  ///< tensors by name; see checkpoint_parts
  std::filesystem::path path;
  std::string
      note;  ///< a sentence when a newer checkpoint was damaged and this one was taken instead, else empty
};

/// Prefixes of tensor names in a checkpoint: the weights, their moving average, the optimiser's first and
/// second moments.
struct CheckpointPart {
  static constexpr std::string_view kWeights = "weights.";
  static constexpr std::string_view kAverage = "average.";
  static constexpr std::string_view kFirstMoment = "first_moment.";
  static constexpr std::string_view kSecondMoment = "second_moment.";
};

/// True when `folder` holds a checkpoint, whole or not.
bool has_checkpoint(const std::filesystem::path& folder);

/// Writes over the older (or damaged) one of checkpoint-a.safetensors and checkpoint-b.safetensors by rename,
/// then model.json. Killed at any moment it leaves the other checkpoint intact. Makes the folder. Throws
/// Error kResource.
void save_checkpoint(const std::filesystem::path& folder, const ModelHeader& header,
                     const NamedTensors& tensors);

/// The newest whole checkpoint, every byte checked; of its tensors only those whose names start with `only`.
/// Throws Error kInput when there is none, kFormat when all are damaged or of a newer format (with each one's
/// reason).
Checkpoint load_checkpoint(const std::filesystem::path& folder, std::string_view only = {});

/// The header of the newest checkpoint whose header can be read, without its tensors. Throws as
/// load_checkpoint().
ModelHeader read_model_header(const std::filesystem::path& folder);

/// The header of one file of weights, such as a base. Throws Error kInput or kFormat.
ModelHeader read_weights_header(const std::filesystem::path& weights_file);

}  // namespace understudy::model
