#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "understudy/model/keep_rule.h"
#include "understudy/stages/common.h"

namespace understudy::stages {

struct TrainOptions {
  CommonOptions common;
  std::vector<std::filesystem::path> likeness;   ///< datasets
  std::vector<std::filesystem::path> performer;  ///< datasets
  std::filesystem::path model;  ///< folder; a run that was stopped goes on from what is there
  std::string preset = "studio";
  std::optional<std::int64_t> iterations;
  std::optional<double> minutes;
  std::int64_t batch = 0;      ///< 0: the preset's
  std::filesystem::path base;  ///< weights to start a new model from; empty: from nothing
  std::int64_t preview_every = 500;
  double save_minutes = 5;
  model::KeepRule keep;  ///< which checkpoints stay
};

/// Trains the model and leaves in its folder: model.json, checkpoints, preview.png, loss.png, log.jsonl,
/// history/. Throws Error kResource when another run is writing the folder.
Outcome train(const TrainOptions& options, Run& run);

}  // namespace understudy::stages
