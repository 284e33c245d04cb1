#include <algorithm>
#include <map>

#include "understudy/core/text.h"
#include "understudy/stages/plan/attempt_script.h"
#include "understudy/stages/plan/job_script.h"

namespace understudy::stages {
namespace {

/// Jobs of one wave wait for those of earlier waves alone: their tasks run side by side.
std::vector<std::vector<const FarmJob*>> waves_of(const FarmPlan& plan) {
  std::vector<std::vector<const FarmJob*>> out;
  std::map<std::string, std::size_t> wave_of;
  for (const FarmJob& job : plan.jobs) {
    std::size_t wave = 0;
    for (const JobBefore& before : job.after) wave = std::max(wave, wave_of.at(before.name) + 1);
    wave_of[job.name] = wave;
    if (wave == out.size()) out.emplace_back();
    out[wave].push_back(&job);
  }
  return out;
}

std::string wave_text(const std::vector<const FarmJob*>& jobs, std::size_t number) {
  std::int64_t cores = 1;
  std::string summaries, tasks;
  for (const FarmJob* job : jobs) {
    cores = std::max(cores, needs_of_all_ranks(*job).cores);
    summaries += text("# ", job->summary, "\n");
    tasks += job->chunks > 0 ? text("  seq -f '", job->name, " %.0f' ", job->chunks, "\n")
                             : text("  echo ", job->name, "\n");
  }
  return text("\n", summaries, "{\n", tasks, "} | wave ", number, " ", cores, "\n");
}

}  // namespace

std::vector<JobFile> parallel_files(const FarmPlan& plan) {
  std::string run = text("#!/usr/bin/env bash\n# ", plan.shot,
                         " by GNU parallel, on this machine. Run again, it does what is missing. Made by "
                         "understudy-plan.\nset -u\n",
                         mark_work_folder(plan), R"sh(here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$here/logs"
export PARALLEL_SHELL=/bin/bash
# wave NUMBER CORES: the tasks that stand on stdin, as many at once as there are cores for; stops at the first that fails.
wave() {
  local at_once=$(($(nproc) / $2))
  parallel --will-cite --colsep ' ' --jobs "$((at_once > 0 ? at_once : 1))" --halt soon,fail=1 \
    --termseq TERM,25000,KILL,100 --joblog "$here/logs/wave-$1.joblog" "$here/attempt.sh" || exit
}
)sh");
  const auto waves = waves_of(plan);
  for (std::size_t i = 0; i < waves.size(); ++i) run += wave_text(waves[i], i + 1);
  std::vector<JobFile> out = job_scripts(plan, "lines");
  out.push_back(attempt_script());
  out.push_back({"run.sh", run, true});
  return out;
}

}  // namespace understudy::stages
