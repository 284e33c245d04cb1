#pragma once

#include <cstdint>
#include <string_view>
#include <vector>

#include "understudy/core/json.h"
#include "understudy/model/loss_trend.h"
#include "understudy/model/training_plan.h"

namespace understudy::model {

/// Where a training stands in its plan. Plain numbers, kept in every checkpoint. `iteration` and `seconds`
/// are the training's in all.
class StageCourse {
 public:
  /// `plan` has a stage at least.
  explicit StageCourse(std::vector<TrainingStage> plan) : plan_(std::move(plan)) {}

  /// The stage that is on.
  const TrainingStage& stage() const { return plan_[idx_]; }
  std::size_t idx() const { return idx_; }
  std::size_t stages() const { return plan_.size(); }
  /// True when the stage that is on is done.
  bool stage_over(std::int64_t iteration, double seconds) const;
  /// True when the last stage is done.
  bool over(std::int64_t iteration, double seconds) const {
    return idx_ + 1 == plan_.size() && stage_over(iteration, seconds);
  }

  /// Part of the stage that is done, 0..1: of its iterations or minutes, whichever is further; 0 while it has
  /// neither.
  double part(std::int64_t iteration, double seconds) const;
  /// Part of the whole plan, every stage counted alike.
  double whole(std::int64_t iteration, double seconds) const;
  std::int64_t iteration_in_stage(std::int64_t iteration) const { return iteration - begun_iteration_; }
  /// How often the schedule `plateau` has halved the rate in this stage.
  int halvings() const { return halvings_; }

  /// After a step that was taken.
  void note(double loss);
  /// Goes to the next stage when this one is over and there is one; true when it did.
  bool advance(std::int64_t iteration, double seconds);

  Json to_json() const;
  /// Takes up the place that to_json() gave. Throws Error kFormat, naming `where`, when it is none of this
  /// plan's.
  void take_up(const Json& json, std::string_view where);

 private:
  std::vector<TrainingStage> plan_;
  std::size_t idx_ = 0;
  std::int64_t begun_iteration_ = 0;
  double begun_seconds_ = 0;
  int halvings_ = 0;
  LossTrend trend_;
};

}  // namespace understudy::model
