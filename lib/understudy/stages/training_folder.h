#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "understudy/core/json.h"
#include "understudy/model/keep_rule.h"
#include "understudy/stages/loss_log.h"
#include "understudy/stages/tensorboard.h"
#include "understudy/stages/training_history.h"

namespace understudy::model {
class Trainer;
struct StepReport;
}  // namespace understudy::model

namespace understudy::stages {

/// Everything of a training that is on disk: checkpoints, log, previews, history, TensorBoard's events. The
/// caller holds the folder's lock.
class TrainingFolder {
 public:
  /// `folder` exists, `trainer` stands where it goes on. `settings` are shown on the history's page.
  TrainingFolder(const std::filesystem::path& folder, const model::Trainer& trainer,
                 const model::KeepRule& keep, Json settings);

  /// A line of the log, and TensorBoard's scalars every ten iterations or once a second.
  void note(const model::StepReport& step);
  /// A stage of the plan begins with the next step.
  void note_stage(const std::string& name);

  /// Whether a milestone is due that no checkpoint of this iteration has been written for.
  bool milestone_is_due() const;
  /// Writes a checkpoint, unless this iteration's is written already. Throws Error kResource; earlier
  /// checkpoints are then intact and the training may go on.
  void save();

  /// The preview, by its name and in the history, the losses' picture and the page. Does nothing when the
  /// trainer is told to stop before the preview is whole.
  void preview();

 private:
  void note_scalars(const model::StepReport& step);

  std::filesystem::path folder_;
  const model::Trainer& trainer_;
  model::KeepRule keep_;
  LossLog log_;
  TrainingHistory history_;
  EventFile events_;
  std::int64_t saved_ = -1;  ///< iteration of this run's last checkpoint
  std::int64_t noted_;       ///< the last iteration whose scalars were written
  double since_noted_s_ = 0;
};

}  // namespace understudy::stages
