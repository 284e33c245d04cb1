#include "understudy/stages/train.h"

#include "understudy/core/files.h"
#include "understudy/core/folder_lock.h"
#include "understudy/core/log.h"
#include "understudy/core/parallel.h"
#include "understudy/face/coverage.h"
#include "understudy/model/rate_finder.h"
#include "understudy/model/trainer.h"
#include "understudy/stages/aligned_faces.h"
#include "understudy/stages/base_model.h"
#include "understudy/stages/model_lineage.h"
#include "understudy/stages/registration.h"
#include "understudy/stages/train_people.h"
#include "understudy/stages/train_plan.h"
#include "understudy/stages/training_folder.h"

namespace fs = std::filesystem;

namespace understudy::stages {
namespace {

constexpr std::size_t kCoverageSentences = 4;
constexpr std::int64_t kRateSteps = 400, kProgressSteps = 1000;

/// The lineage of what the training goes on from or starts from; nothing when it is new.
Json earlier_lineage(const TrainOptions& options) {
  if (model::has_checkpoint(options.model)) return model::read_model_header(options.model).lineage;
  if (!options.from.empty()) return model::read_weights_header(options.from).lineage;
  return Json::object();
}

/// In the order of a network's identities.
model::FaceSets face_sets(const TrainedPeople& people) {
  model::FaceSets sets;
  for (const auto* side : {&people.likenesses, &people.performers})
    for (const TrainedPerson& person : *side) sets.emplace_back(*person.faces);
  return sets;
}

std::vector<std::string> names_of(const std::vector<TrainedPerson>& side) {
  std::vector<std::string> names;
  for (const TrainedPerson& person : side) names.push_back(person.name);
  return names;
}

model::TrainerOptions trainer_options(const TrainOptions& options, const model::Preset& preset,
                                      const TrainedPeople& people, Cancel& cancel,
                                      const std::shared_ptr<model::Group>& group) {
  model::TrainerOptions out;
  out.preset_name = options.preset;
  out.preset = preset;
  out.preset.network.likenesses = names_of(people.likenesses);
  out.preset.network.performers = names_of(people.performers);
  out.plan = wanted_plan(options, preset.training);
  out.device = group->device_name(options.common.device);
  out.threads = effective_threads(options.common.threads);
  out.memory = options.common.memory;
  out.seed = options.common.seed;
  out.precision = model::precisions().at(options.precision);
  out.cache = options.cache.empty() ? options.model / "cache" : options.cache;
  out.stop = [&cancel] { return cancel.stop_requested(); };
  out.step_ends = {options.preview_every, options.keep.milestone_every};
  out.save_request = [&cancel] { return cancel.take_save_request(); };
  out.group = group;
  const CropFormat format = people.format();
  out.crop_family = format.family;
  out.crop_px = format.size;
  return out;
}

face::FaceShapes shapes_of(const model::FaceStore& store) {
  face::FaceShapes out;
  const auto poses = store.poses().accessor<float, 2>();
  for (std::int64_t i = 0; i < poses.size(0); ++i) out.poses.push_back({poses[i][0], poses[i][1], 0});
  if (!store.landmarks().defined()) return out;
  const auto points = store.landmarks().accessor<float, 3>();
  for (std::int64_t i = 0; i < points.size(0); ++i) {
    face::Landmarks& landmarks = out.landmarks.emplace_back();
    for (std::size_t k = 0; k < landmarks.size(); ++k) {
      const auto point = points[i][static_cast<std::int64_t>(k)];
      landmarks[k] = {point[0], point[1]};
    }
  }
  return out;
}

/// What the likenesses lack for the performers, in the report and, where it is worth a word, in the log.
void note_coverage(const model::TrainingFaces& faces, const TrainedPeople& people, Report& report) {
  const auto shapes = [&](std::size_t person) { return shapes_of(faces.store(person)); };
  Json all = Json::array();
  for (std::size_t l = 0; l < people.likenesses.size(); ++l) {
    for (std::size_t p = 0; p < people.performers.size(); ++p) {
      Json gaps = face::coverage(shapes(l), shapes(people.likenesses.size() + p));
      for (const std::string& sentence : face::coverage_sentences(gaps, kCoverageSentences))
        log_warning(text(people.likenesses[l].name, " for ", people.performers[p].name, ": ", sentence));
      gaps["likeness"] = people.likenesses[l].name;
      gaps["performer"] = people.performers[p].name;
      all.push_back(std::move(gaps));
    }
  }
  report.details["coverage"] = std::move(all);
}

/// Says beside each file of decoded faces whose they are, so that a purge finds them.
void note_caches(const model::TrainingFaces& faces, const TrainedPeople& people) {
  std::size_t idx = 0;
  for (const auto* side : {&people.likenesses, &people.performers}) {
    for (const TrainedPerson& person : *side) {
      const fs::path cache = faces.store(idx++).cache_file();
      if (cache.empty()) continue;
      Json records = Json::array();
      for (const dataset::Dataset& dataset : person.datasets)
        records.push_back(dataset.info().consent.value("id", ""));
      write_json_file(cache.string() + ".json", {{"format", "understudy-cache"}, {"consents", records}});
    }
  }
}

std::int64_t progress_of(const model::Trainer& trainer) {
  return static_cast<std::int64_t>(trainer.progress() * kProgressSteps);
}

/// What is said and written of a step.
void note_step(const model::StepReport& step, const model::Trainer& trainer, TrainingFolder& folder,
               Run& run) {
  folder.note(step);
  if (!step.new_stage.empty()) {
    log_info(text("stage ", trainer.stage()));
    folder.note_stage(step.new_stage);
  }
  if (!step.trouble.empty()) {
    log_warning(text("iteration ", step.iteration, " was not taken: ", step.trouble));
    run.report.details["steps_not_taken"] = run.report.details.value("steps_not_taken", 0) + 1;
    return;
  }
  run.progress.update(
      progress_of(trainer),
      text("iteration ", step.iteration, ", ", fixed(static_cast<double>(step.iterations) / step.seconds, 2),
           " it/s, loss ", fixed(step.likeness_loss, 4), " ", fixed(step.performer_loss, 4)));
}

/// Steps until the plan is done (false) or the run is told to stop (true). Without a folder this process only
/// helps the one that has it.
bool train_loop(const TrainOptions& options, model::Trainer& trainer, TrainingFolder* folder, Run& run) {
  run.progress.start("train", kProgressSteps, progress_of(trainer));
  double saved_s = trainer.seconds();
  bool save_wanted = false;
  while (!trainer.finished()) {
    const model::StepReport step = trainer.step();
    if (folder && step.iterations > 0) note_step(step, trainer, *folder, run);
    if (step.stopped) return true;
    if (!folder) continue;
    save_wanted = save_wanted || step.save_wanted;
    if (!step.trouble.empty()) continue;
    if (options.preview_every > 0 && step.iteration % options.preview_every == 0) {
      const auto timer = run.report.step("preview");
      folder->preview();
    }
    if (save_wanted || folder->milestone_is_due() ||
        trainer.seconds() - saved_s > 60 * options.save_minutes) {
      const auto timer = run.report.step("save");
      folder->save();
      saved_s = trainer.seconds();
      save_wanted = false;
    }
  }
  return false;
}

/// The same; when another process is lost, what the last whole step gave is saved first.
bool train_to_the_end(const TrainOptions& options, model::Trainer& trainer, TrainingFolder* folder,
                      Run& run) {
  try {
    return train_loop(options, trainer, folder, run);
  } catch (const Error& e) {
    if (e.code() != ErrorCode::kStopped || !folder) throw;
    folder->save();
    throw Error(e.code(), e.message(),
                text("the checkpoint of iteration ", trainer.iteration(), " is good; run the job again"));
  }
}

/// The range test, on a model that is thrown away.
Outcome find_rate(model::Trainer& trainer, Run& run) {
  model::RateFinder finder(kRateSteps);
  run.progress.start("find-rate", kRateSteps);
  while (!finder.finished()) {
    trainer.fix_learning_rate(finder.rate());
    const model::StepReport step = trainer.step();
    if (step.stopped) return {.stopped = true};
    finder.note(step.likeness_loss + step.performer_loss);
    run.progress.advance();
  }
  const auto suggestion = finder.suggestion();
  if (!suggestion)
    throw Error(ErrorCode::kPartial, "no learning rate made the loss fall",
                "look at the faces of both sides and at the losses");
  Json& details = run.report.details["rate"];
  details = {{"steepest", suggestion->steepest}, {"careful", suggestion->tenth_of_best}};
  for (const auto& point : finder.points())
    details["points"].push_back({{"rate", point.rate}, {"loss", point.smoothed_loss}});
  return {.result = text("learning_rate = ", suggestion->steepest,
                         "  # a careful one: ", suggestion->tenth_of_best, "\n"),
          .summary = "try it with --set learning_rate=RATE"};
}

/// From here on nobody else trains in `folder`, which is made.
void lock_model(const fs::path& folder, std::optional<FolderLock>& lock) {
  make_folder(folder);
  lock.emplace(folder);
  if (!lock->note().empty()) log_warning(lock->note());
}

/// Takes up what is in the model's folder, or the weights to start from.
void take_up(const TrainOptions& options, model::Trainer& trainer) {
  if (model::has_checkpoint(options.model)) {
    const std::string note = trainer.resume(options.model);
    if (!note.empty()) log_warning(note);
    log_info(text("going on from iteration ", trainer.iteration()));
    if (!options.from.empty())
      log_warning(text("--from ", options.from, " is not used: the model has weights of its own"));
  } else if (!options.from.empty()) {
    trainer.start_from(options.from, options.from_parts);
    log_info(text("starting from ", options.from));
  }
}

void check_start(const TrainOptions& options, const model::TrainerOptions& settings) {
  const bool goes_on = !options.find_rate && model::has_checkpoint(options.model);
  if (goes_on || !options.from.empty() || !model::looks_back(model::plan_of(settings))) return;
  throw Error(ErrorCode::kUsage,
              text("'", options.preset, "' moves codes (code_shift), which needs weights to begin from"),
              "give --from base, or --set augment.code_shift=0");
}

/// Meets the other processes of this training, if there are any. The first speaks and writes for all.
std::shared_ptr<model::Group> joined_group(const TrainOptions& options, Run& run) {
  const model::RankEnvironment environment = model::rank_environment();
  if (environment.rank > 0) {
    set_log_level(LogLevel::kError);
    run.progress.silence();
    run.report.leave_to_another();
  }
  if (environment.size == 1 || options.common.dry_run) return std::make_shared<model::Group>();
  log_info(text("one of ", environment.size, " processes (", environment.launcher, ")"));
  return std::make_shared<model::Group>(environment, options.common.device);
}

Outcome train_with(const std::shared_ptr<model::Group>& group, const TrainOptions& options, Run& run) {
  const model::Preset preset = changed_preset(options);
  const ConsentGate gate(options.consents, run.report);
  const TrainedPeople people = open_people(options.likeness, options.performer, options.people,
                                           preset.network.architecture == "comb", gate);
  const std::vector<std::string> mixed = mixed_people(people, options.people);
  for (const std::string& sentence : mixed) log_warning(sentence);
  run.report.details["several_people"] = mixed;
  for (const auto* side : {&people.likenesses, &people.performers})
    for (const TrainedPerson& person : *side)
      for (const dataset::BadLine& line : person.faces->bad_lines())
        run.report.add_failure("faces.jsonl", line.why);
  const std::size_t likeness = people.faces_of(people.likenesses),
                    performer = people.faces_of(people.performers);
  run.report.details["faces"] = {{"likeness", likeness}, {"performer", performer}};
  run.report.details["ranks"] = group->size();
  model::TrainerOptions settings = trainer_options(options, preset, people, run.cancel, group);
  if (options.find_rate) settings.read_together = 1;  // each has a rate of its own
  model::check_options(settings);
  run.report.details["memory"] = {{"expected", std::llround(model::expected_memory(settings).host())},
                                  {"limit", settings.memory > 0 ? Json(settings.memory) : Json(nullptr)}};
  check_start(options, settings);
  std::optional<FolderLock> lock;
  if (group->leads() && !options.common.dry_run && !options.find_rate) lock_model(options.model, lock);
  settings.lineage = joined_lineage(
      earlier_lineage(options),
      lineage_of(people.datasets_of(people.likenesses), people.datasets_of(people.performers)));
  gate.check_lineage(settings.lineage, options.model.string(), text("the model ", options.model.string()));
  if (options.common.dry_run) {
    return {.summary = text("would train ", options.preset, " on ", likeness, " faces of the likeness and ",
                            performer, " of the performer into ", options.model.string())};
  }
  settings.places = places_of(people, effective_threads(options.common.threads));
  if (!options.find_rate && model::has_checkpoint(options.model))
    model::check_goes_on(model::read_model_header(options.model), settings, options.model);
  model::Trainer trainer(settings, face_sets(people));
  note_coverage(trainer.faces(), people, run.report);
  if (group->leads()) note_caches(trainer.faces(), people);
  if (options.find_rate) {
    if (!options.from.empty()) trainer.start_from(options.from, options.from_parts);
    Outcome outcome = find_rate(trainer, run);
    if (!group->leads()) outcome.result.clear();
    return outcome;
  }
  take_up(options, trainer);
  Json shown = {{"preset", settings.preset_name}};
  shown.update(model::preset_to_json(settings.preset));
  std::optional<TrainingFolder> folder;
  if (group->leads()) folder.emplace(options.model, trainer, options.keep, shown);
  const std::int64_t first = trainer.iteration();
  const double first_s = trainer.seconds();
  const bool stopped = train_to_the_end(options, trainer, folder ? &*folder : nullptr, run);
  if (folder) folder->save();
  if (folder && !stopped) folder->preview();
  group->barrier();  // all are done when the model is written
  const std::int64_t steps = trainer.iteration() - first;
  const double seconds = trainer.seconds() - first_s;
  run.report.details["iterations"] = {{"done", steps}, {"total", trainer.iteration()}};
  run.report.details["iterations_per_second"] = seconds > 0 ? static_cast<double>(steps) / seconds : 0.0;
  Outcome outcome{.stopped = stopped};
  if (!stopped && folder) outcome.written.push_back(options.model);
  outcome.summary =
      text("trained ", steps, " iterations in ", fixed(seconds, 1), " s, ", trainer.iteration(), " in all");
  return outcome;
}

}  // namespace

Outcome train(const TrainOptions& given, Run& run) {
  TrainOptions options = given;
  const StartingWeights start = starting_weights(given.from, given.from_parts, changed_preset(given).network);
  options.from = start.file.string();
  options.from_parts = start.parts;
  const std::shared_ptr<model::Group> group = joined_group(options, run);
  try {
    return train_with(group, options, run);
  } catch (const Error& e) {
    group->leave(e);
    throw;
  }
}

}  // namespace understudy::stages
