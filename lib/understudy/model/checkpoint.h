#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "understudy/model/keep_rule.h"
#include "understudy/model/model_header.h"
#include "understudy/model/safetensors.h"

namespace understudy::model {

/// A whole checkpoint.
struct Checkpoint {
  ModelHeader header;
  TensorFile file;  ///< tensors by name; see CheckpointPart
  std::filesystem::path path;
  std::string note;  ///< a sentence when another checkpoint was damaged, else empty
};

/// Prefixes of tensor names in a checkpoint: the weights, their moving average, the optimiser's first and
/// second moments.
struct CheckpointPart {
  static constexpr std::string_view kWeights = "weights.";
  static constexpr std::string_view kAverage = "average.";
  static constexpr std::string_view kFirstMoment = "first_moment.";
  static constexpr std::string_view kSecondMoment = "second_moment.";
  /// What the training began from, where it looks back at that; see starting_network.h.
  static constexpr std::string_view kStart = "start.";
};

/// True when `folder` holds a checkpoint, whole or not.
bool has_checkpoint(const std::filesystem::path& folder);

/// Writes checkpoint-ITERATION.safetensors by rename, then model.json. The first checkpoint at or behind each
/// multiple of `milestone_every` gets a second name, milestone-ITERATION.safetensors. Only then the oldest of
/// the ring are removed, and those that cannot be read or lie behind this iteration: they belong to work that
/// was lost. Makes the folder. Throws Error kResource when it cannot be written; what was there is then
/// intact, as it is when the program is killed at any moment.
void save_checkpoint(const std::filesystem::path& folder, const ModelHeader& header,
                     const NamedTensors& tensors, const KeepRule& keep = {});

/// The newest whole checkpoint of the ring, else the newest whole milestone; every byte checked. Of its
/// tensors only those whose names start with `only`. Reads the names of version 1 too. Throws Error kInput
/// when there is none, kFormat when all are damaged or of a newer format (with each one's reason).
Checkpoint load_checkpoint(const std::filesystem::path& folder, std::string_view only = {});

/// The header of the newest checkpoint whose header can be read, without its tensors. Throws as
/// load_checkpoint().
ModelHeader read_model_header(const std::filesystem::path& folder);

/// Writes the averaged weights of the newest whole checkpoint in `folder` alone, in bfloat16, with the
/// model's header: a base for other models. Of those whose names begin like one of `parts`; empty: all.
/// Throws Error kUsage when no name does, else as load_checkpoint() and write_file().
void save_average(const std::filesystem::path& folder, const std::filesystem::path& weights_file,
                  const std::vector<std::string>& parts = {});

/// The header of one file of weights, such as a base. Throws Error kInput or kFormat.
ModelHeader read_weights_header(const std::filesystem::path& weights_file);

/// A checkpoint in a folder, and what is wrong with it.
struct CheckpointFile {
  std::filesystem::path path;
  bool milestone = false;
  std::optional<ModelHeader> header;
  std::string trouble;  ///< why it cannot be used; empty when it can
};

/// Every checkpoint in the order in which load_checkpoint() tries them, every byte of each checked. Throws as
/// load_checkpoint() when none is whole.
std::vector<CheckpointFile> check_checkpoints(const std::filesystem::path& folder);

}  // namespace understudy::model
