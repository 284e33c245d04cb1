#include "understudy/stages/plan.h"

#include <algorithm>
#include <initializer_list>
#include <map>
#include <sstream>

#include "understudy/core/files.h"
#include "understudy/core/log.h"
#include "understudy/core/program.h"
#include "understudy/media/sink.h"
#include "understudy/media/source.h"
#include "understudy/stages/merge_output.h"
#include "understudy/stages/plan/engines.h"
#include "understudy/stages/plan/jobs.h"
#include "understudy/stages/plan/shot_file.h"

namespace fs = std::filesystem;

namespace understudy::stages {
namespace {

/// Throws Error kUsage where two of the ranges in `spec` hold one of the frames.
void check_ranges(const ShotPlate& plate, const std::vector<std::int64_t>& frames) {
  std::vector<FrameSet> ranges;
  std::istringstream rest(plate.frames);
  for (std::string range; std::getline(rest, range, ',');) ranges.push_back(FrameSet::parse(range));
  for (const std::int64_t frame : frames)
    if (std::ranges::count_if(ranges, [&](const FrameSet& range) { return range.contains(frame); }) > 1)
      throw Error(ErrorCode::kUsage,
                  text("the ranges of the plate '", plate.name, "' overlap: ", plate.frames, " names frame ",
                       frame, " twice"),
                  "name each frame once");
}

/// The plate's frames that are wanted.
std::vector<std::int64_t> wanted_frames(const ShotPlate& plate, const std::vector<std::int64_t>& all) {
  FrameSelection wanted;
  if (!plate.frames.empty()) wanted.frames = FrameSet::parse(plate.frames);
  std::vector<std::int64_t> frames = wanted.apply(all);
  check_ranges(plate, frames);
  return frames;
}

/// Looks at every plate. Throws Error kUsage where two plates share frames of one file.
std::vector<PlateSize> look_at_plates(const ShotFile& shot) {
  std::vector<PlateSize> out;
  std::map<std::pair<fs::path, std::int64_t>, std::string> taken;
  const std::string deinterlace = option_value({&shot.extract}, "--deinterlace");
  for (const ShotPlate& plate : shot.plates) {
    const auto source = media::open_source(plate.path, 1, deinterlace.empty() ? "none" : deinterlace);
    const std::vector<std::int64_t> frames = wanted_frames(plate, source->info().frames);
    for (const std::int64_t frame : frames) {
      const auto [there, is_new] = taken.try_emplace({plate.path, frame}, plate.name);
      if (!is_new)
        throw Error(ErrorCode::kUsage,
                    text("the plates '", there->second, "' and '", plate.name, "' overlap: both hold frame ",
                         frame, " of ", plate.path.string()),
                    "give each its own frames, or name one plate for both people");
    }
    out.push_back({plate.name, static_cast<std::int64_t>(frames.size()), source->info().format});
  }
  return out;
}

void write_job_file(const fs::path& path, const JobFile& file) {
  write_file(path, file.content);
  if (file.executable)
    fs::permissions(path, fs::perms::owner_exec | fs::perms::group_exec | fs::perms::others_exec,
                    fs::perm_options::add);
}

/// The engine's own exit code as ours, where it is one.
ErrorCode code_as_ours(int code) {
  const bool ours = (code >= 2 && code <= 7) || code == static_cast<int>(ErrorCode::kStopped);
  return ours ? static_cast<ErrorCode>(code) : ErrorCode::kResource;
}

void check_installed(const PlanOptions& options, const FarmEngine& engine) {
  if (engine.program.empty() || find_program(engine.program)) return;
  throw Error(
      ErrorCode::kResource,
      text("the engine '", options.engine, "' is not installed here: there is no program ", engine.program),
      text("submit where it is, by ", (options.output / engine.start).string(),
           ", or choose another engine"));
}

void hand_over(const PlanOptions& options, const FarmEngine& engine, Run& run) {
  const int code = run_program({"bash", fs::absolute(options.output / engine.start).string()}, run.cancel);
  if (code != 0)
    throw Error(
        code_as_ours(code), text("the engine '", options.engine, "' ended with exit code ", code),
        text("the files are in ", options.output.string(), ": ", engine.start, " hands them over again"));
}

}  // namespace

Outcome plan(const PlanOptions& options, Run& run) {
  const FarmEngine& engine = farm_engines().at(options.engine);
  const ShotFile shot = read_shot_file(options.shot);
  if (options.submit) check_installed(options, engine);
  const std::vector<PlateSize> plates = look_at_plates(shot);
  const std::string codec = option_value({&shot.merge, &shot.deliver}, "--codec");
  const std::string delivered = codec_for(shot.delivery.output, codec);
  const FarmPlan plan = plan_jobs(shot, plates, delivered);
  const std::vector<JobFile> files = engine.files(plan);
  make_folder(options.output);
  make_folder(shot.delivery.output.parent_path());  // else the very last task would find that it is not there
  Outcome outcome;
  for (const JobFile& file : files) {
    write_job_file(options.output / file.name, file);
    outcome.written.push_back(options.output / file.name);
  }
  Json jobs = Json::array();
  std::int64_t tasks = 0;
  for (const FarmJob& job : plan.jobs) {
    tasks += std::max<std::int64_t>(job.chunks, 1);
    jobs.push_back({{"name", job.name},
                    {"tasks", std::max<std::int64_t>(job.chunks, 1)},
                    {"ranks", job.ranks},
                    {"cores", job.needs.cores},
                    {"memory_mb", job.needs.memory_mb},
                    {"gpus", job.needs.gpus}});
  }
  run.report.details["jobs"] = std::move(jobs);
  if (options.submit) hand_over(options, engine, run);
  outcome.summary =
      text(plan.jobs.size(), " jobs with ", tasks, " tasks for ", options.engine,
           options.submit ? "" : text("; nothing runs before ", (options.output / engine.start).string()));
  return outcome;
}

}  // namespace understudy::stages
