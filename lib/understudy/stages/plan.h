#pragma once

#include <filesystem>
#include <string>

#include "understudy/core/run.h"

namespace understudy::stages {

struct PlanOptions {
  std::filesystem::path shot;    ///< SHOT.toml, see plan/shot_file.h
  std::string engine;            ///< a name of farm_engines()
  std::filesystem::path output;  ///< folder for the engine's files
  bool submit = false;
};

/// Writes the job files of an engine for the whole pipeline of a shot. Nothing runs before `submit` hands
/// them over: then Error kResource when the engine's program is not installed, and the engine's own exit code
/// where it is one of ours. Throws as read_shot_file(); Error kInput for a plate that is not there, kUsage
/// for frames that it does not have, or that are named twice.
Outcome plan(const PlanOptions& options, Run& run);

}  // namespace understudy::stages
