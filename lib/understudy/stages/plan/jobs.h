#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "understudy/media/picture.h"
#include "understudy/stages/plan/shot_file.h"

namespace understudy::stages {

/// Stands in a command where the number of the chunk belongs; each engine has its own word for it.
inline constexpr std::string_view kChunkWord = "{chunk}";

/// What one task of a job takes; of a job of several ranks, what one rank takes.
struct JobNeeds {
  std::int64_t cores = 1, memory_mb = 1024, gpus = 0;
  std::int64_t minutes = 0;  ///< 0: as long as the engine allows
};

/// A job that must have ended well before another one begins.
struct JobBefore {
  std::string name;
  bool by_chunk = false;  ///< each task waits for the one of its own number alone; both have as many
};

/// One job, whatever the engine.
struct FarmJob {
  std::string name;
  std::string summary;
  std::vector<std::string> command = {};  ///< words; some may be kChunkWord
  std::int64_t chunks = 0;                ///< tasks, numbered from 1; 0: one task without a number
  std::int64_t ranks = 1;                 ///< processes that run the command together
  std::vector<JobBefore> after = {};
  JobNeeds needs = {};
};

/// A shot's whole pipeline. Jobs come behind those that they wait for.
struct FarmPlan {
  std::string shot;
  std::filesystem::path folder;  ///< in which commands run
  std::filesystem::path work;    ///< for datasets, model and parts, on a disk that all hosts share
  std::filesystem::path
      rank_launcher;  ///< starts a job's ranks where the engine cannot: LAUNCHER N COMMAND...
  std::vector<FarmJob> jobs;
};

/// What is known of a plate once it was looked at.
struct PlateSize {
  std::string name;
  std::int64_t frames = 0;  ///< those that are wanted
  media::PictureFormat format;
};

/// The jobs of a shot: extract and align for each person and plate, train, convert, merge in chunks, deliver.
/// `codec` is the delivery's: the chunks write pictures themselves; else they write parts, of which the last
/// job encodes the delivery. Throws as train's presets do where memory is estimated by one.
FarmPlan plan_jobs(const ShotFile& shot, const std::vector<PlateSize>& plates, const std::string& codec);

}  // namespace understudy::stages
