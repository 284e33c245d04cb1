#pragma once

#include <cstdint>
#include <filesystem>
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include "understudy/core/frames.h"

namespace understudy::stages {

/// Footage of a shot.
struct ShotPlate {
  std::string name;
  std::filesystem::path path;  ///< absolute
  std::string frames;          ///< as --frames takes it; empty: all
};

/// Somebody whose faces are learned, and where they are seen.
struct ShotPerson {
  std::string name;
  std::vector<std::string> plates;  ///< names; never empty
  std::filesystem::path consent;    ///< absolute
};

/// How a stage is run: options of its program, and what one task of it takes.
struct ShotStage {
  std::vector<std::string> options;
  std::int64_t cores = 4;
  std::optional<std::int64_t> memory_mb;  ///< nothing: it is estimated
  std::int64_t gpus = 0;
  std::int64_t minutes = 0;  ///< the longest that a task may take; 0: as long as the engine allows
};

/// What is delivered of the shot.
struct ShotDelivery {
  std::string plate;
  std::string performer;         ///< whose faces are replaced; empty: the only one on the plate
  std::string likeness;          ///< who is put in; empty: the only one there is
  std::filesystem::path output;  ///< absolute: a video, or a folder or pattern for pictures
  std::filesystem::path trust;  ///< roots by which the signature of pictures is checked; empty: the authority
};

/// SHOT.toml, as docs/tools/plan.md describes it.
struct ShotFile {
  std::string name;
  std::filesystem::path folder;    ///< of the file itself: jobs run there
  std::filesystem::path work;      ///< absolute: datasets, model, parts
  std::filesystem::path programs;  ///< absolute: where the programs lie on the hosts
  std::int64_t chunk = 100;        ///< frames of a task
  std::vector<ShotPlate> plates;
  std::vector<ShotPerson> likenesses, performers;
  ShotStage extract, align, train, convert, merge, deliver;
  std::string preset;           ///< of the training; empty: train's own default
  std::int64_t ranks = 1;       ///< processes that train together
  std::filesystem::path model;  ///< absolute; a trained one that is used as it is; empty: one is trained
  ShotDelivery delivery;

  const ShotPlate& plate(const std::string& name) const;
};

/// Throws Error kInput for a file that is not there, kFormat for one that is no TOML, has an unknown key
/// (with the nearest that there is) or a value of another kind or range, and kUsage for what does not fit
/// together: a plate, likeness or performer that the file does not have.
ShotFile read_shot_file(const std::filesystem::path& path);

/// What the last of the stages' options that is called so says; empty where none does.
std::string option_value(std::initializer_list<const ShotStage*> stages, const std::string& name);

}  // namespace understudy::stages
