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
  ConsentOptions consents;
  std::vector<std::string> likeness, performer;  ///< DATASET or NAME=DATASET; see train_people.h
  std::vector<std::string> people;               ///< whose faces of those datasets; see train_people.h
  std::filesystem::path model;    ///< folder; a run that was stopped goes on from what is there
  std::string preset = "studio";  ///< a name, or a TOML file
  std::filesystem::path plan;     ///< a TOML file of stages; empty: the preset's training alone
  std::optional<std::int64_t> iterations;
  std::optional<double> minutes;
  std::string until;                         ///< see Until in model/training_plan.h
  std::int64_t batch = 0;                    ///< 0: the preset's
  std::vector<std::string> losses, changes;  ///< NAME=WEIGHT; KEY=VALUE of the preset's training
  std::string precision = "auto";
  std::string from;  ///< weights to start a new model from, see base_model.h; empty: from nothing
  std::vector<std::string> from_parts;  ///< beginnings of the names to take; empty: all
  std::filesystem::path cache;          ///< decoded faces; empty: in the model's folder
  std::int64_t preview_every = 500;
  double save_minutes = 5;
  model::KeepRule keep;    ///< which checkpoints stay
  bool find_rate = false;  ///< looks for a learning rate instead of training
};

/// Trains the model and leaves in its folder: model.json, checkpoints, preview.png, loss.png, log.jsonl,
/// history/. Throws Error kResource when another run is writing the folder.
Outcome train(const TrainOptions& options, Run& run);

}  // namespace understudy::stages
