#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "understudy/core/json.h"
#include "understudy/core/table.h"
#include "understudy/model/presets.h"

namespace understudy::model {

/// When a stage ends besides its iterations and minutes: never, when the loss no longer falls, or when its
/// mean is low enough.
struct Until {
  bool plateau = false;
  std::optional<double> loss;

  bool operator==(const Until&) const = default;
};
/// "", "plateau" or "loss=X". Throws Error kUsage.
Until until_from_text(const std::string& words);
std::string until_text(const Until& until);

/// A stretch of a training with one configuration. The first limit that is reached ends it; one without any
/// takes the configuration's iterations.
struct TrainingStage {
  std::string kind = "train";  ///< of stage_kinds()
  std::optional<std::int64_t> iterations;
  std::optional<double> minutes;
  Until until;
  TrainingConfig training;

  bool operator==(const TrainingStage&) const = default;
};

/// What kinds of stages there are: each with the fields of a preset's `training` that it changes.
/// To add one: a row in training_plan.cpp, a line in docs/; the tests walk the table.
const Table<Json>& stage_kinds();

/// The stages of a plan, in the order of their training, over a preset: a table with a list `stage`, of which
/// each has a `kind`, perhaps `iterations`, `minutes`, `until`, and `training` with fields of the preset's
/// `training` instead of what preset and kind say. Throws Error kFormat, naming `where`, for what is not
/// known or makes no sense.
std::vector<TrainingStage> plan_from_json(const Json& json, const TrainingConfig& training,
                                          std::string_view where);
Json plan_to_json(const std::vector<TrainingStage>& stages);

}  // namespace understudy::model
