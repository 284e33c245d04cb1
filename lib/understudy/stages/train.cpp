#include "understudy/stages/train.h"

#include "understudy/core/files.h"
#include "understudy/core/folder_lock.h"
#include "understudy/core/log.h"
#include "understudy/core/parallel.h"
#include "understudy/model/trainer.h"
#include "understudy/stages/aligned_faces.h"
#include "understudy/stages/model_lineage.h"
#include "understudy/stages/training_folder.h"

namespace fs = std::filesystem;

namespace understudy::stages {
namespace {

std::vector<dataset::Dataset> open_all(const std::vector<fs::path>& roots, provenance::Role role) {
  std::vector<dataset::Dataset> out;
  for (const fs::path& root : roots) out.push_back(open_checked(root, role));
  return out;
}

/// The lineage of what the training goes on from or starts from; nothing when it is new.
Json earlier_lineage(const TrainOptions& options) {
  if (model::has_checkpoint(options.model)) return model::read_model_header(options.model).lineage;
  if (!options.base.empty()) return model::read_weights_header(options.base).lineage;
  return Json::object();
}

model::TrainerOptions trainer_options(const TrainOptions& options, const CropFormat& format, Json lineage) {
  model::TrainerOptions out;
  out.preset_name = options.preset;
  out.preset = model::presets().at(options.preset);
  if (options.batch > 0) out.preset.training.batch = options.batch;
  out.device = options.common.device;
  out.threads = effective_threads(options.common.threads);
  out.seed = options.common.seed;
  out.iterations = options.iterations;
  out.minutes = options.minutes;
  out.crop_family = format.family;
  out.crop_px = format.size;
  out.lineage = std::move(lineage);
  return out;
}

/// Steps until the plan is done (false) or the run is told to stop (true).
bool train_loop(const TrainOptions& options, model::Trainer& trainer, TrainingFolder& folder, Run& run) {
  constexpr std::int64_t kProgressSteps = 1000;
  run.progress.start("train", kProgressSteps);
  double saved_s = trainer.seconds();
  while (!trainer.finished()) {
    if (run.cancel.stop_requested()) return true;
    const model::StepReport step = trainer.step();
    folder.note(step);
    if (!step.trouble.empty()) {
      log_warning(text("iteration ", step.iteration, " was not taken: ", step.trouble));
      run.report.details["steps_not_taken"] = run.report.details.value("steps_not_taken", 0) + 1;
      continue;
    }
    run.progress.update(static_cast<std::int64_t>(trainer.progress() * kProgressSteps),
                        text("iteration ", step.iteration, ", ", fixed(1 / step.seconds, 2), " it/s, loss ",
                             fixed(step.likeness_loss, 4), " ", fixed(step.performer_loss, 4)));
    if (options.preview_every > 0 && step.iteration % options.preview_every == 0) {
      const auto timer = run.report.step("preview");
      folder.preview(run.cancel);
    }
    if (run.cancel.take_save_request() || folder.milestone_is_due() ||
        trainer.seconds() - saved_s > 60 * options.save_minutes) {
      const auto timer = run.report.step("save");
      folder.save();
      saved_s = trainer.seconds();
    }
  }
  return false;
}

/// From here on nobody else trains in `folder`, which is made.
void lock_model(const fs::path& folder, std::optional<FolderLock>& lock) {
  make_folder(folder);
  lock.emplace(folder);
  if (!lock->note().empty()) log_warning(lock->note());
}

}  // namespace

Outcome train(const TrainOptions& options, Run& run) {
  const auto likeness_sets = open_all(options.likeness, provenance::Role::kLikeness);
  const auto performer_sets = open_all(options.performer, provenance::Role::kPerformer);
  const AlignedFaces likeness(likeness_sets), performer(performer_sets);
  for (const AlignedFaces* faces : {&likeness, &performer})
    for (const dataset::BadLine& line : faces->bad_lines()) run.report.add_failure("faces.jsonl", line.why);
  if (likeness.format() != performer.format()) {
    throw Error(
        ErrorCode::kFormat,
        text("the likeness' crops are '", likeness.format().family, "' of ", likeness.format().size,
             " pixels, the performer's '", performer.format().family, "' of ", performer.format().size),
        "align both sides with the same --crop and --size");
  }
  run.report.details["faces"] = {{"likeness", likeness.size()}, {"performer", performer.size()}};
  std::optional<FolderLock> lock;
  if (!options.common.dry_run) lock_model(options.model, lock);
  const Json lineage = joined_lineage(earlier_lineage(options), lineage_of(likeness_sets, performer_sets));
  checked_consents(lineage["consents"], options.model.string(), text("the model ", options.model.string()));
  const auto settings = trainer_options(options, likeness.format(), lineage);
  if (options.common.dry_run) {
    return {.summary =
                text("would train ", options.preset, " on ", likeness.size(), " faces of the likeness and ",
                     performer.size(), " of the performer into ", options.model.string())};
  }
  model::Trainer trainer(settings, likeness, performer);
  if (model::has_checkpoint(options.model)) {
    const std::string note = trainer.resume(options.model);
    if (!note.empty()) log_warning(note);
    log_info(text("going on from iteration ", trainer.iteration()));
    if (!options.base.empty())
      log_warning(text("--base ", options.base.string(), " is not used: the model has weights of its own"));
  } else if (!options.base.empty()) {
    trainer.start_from(options.base);
  }
  Json shown = {{"preset", settings.preset_name}};
  shown.update(model::preset_to_json(settings.preset));
  TrainingFolder folder(options.model, trainer, options.keep, shown);
  const std::int64_t first = trainer.iteration();
  const double first_s = trainer.seconds();
  const bool stopped = train_loop(options, trainer, folder, run);
  folder.save();
  if (!stopped) folder.preview(run.cancel);
  const std::int64_t steps = trainer.iteration() - first;
  const double seconds = trainer.seconds() - first_s;
  run.report.details["iterations"] = {{"done", steps}, {"total", trainer.iteration()}};
  run.report.details["iterations_per_second"] = seconds > 0 ? static_cast<double>(steps) / seconds : 0.0;
  Outcome outcome{.stopped = stopped};
  if (!stopped) outcome.written.push_back(options.model);
  outcome.summary =
      text("trained ", steps, " iterations in ", fixed(seconds, 1), " s, ", trainer.iteration(), " in all");
  return outcome;
}

}  // namespace understudy::stages
