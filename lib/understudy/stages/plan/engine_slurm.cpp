#include <algorithm>
#include <string>

#include "understudy/core/text.h"
#include "understudy/stages/plan/job_script.h"

namespace understudy::stages {
namespace {

/// A name as a variable of the shell.
std::string variable(std::string name) {
  std::ranges::replace(name, '-', '_');
  return "job_" + name;
}

std::string options_of(const FarmPlan& plan, const FarmJob& job) {
  const bool array = job.chunks > 0;
  std::string out = text("#SBATCH --job-name=", plan.shot, ".", job.name, "\n");
  if (array) out += text("#SBATCH --array=1-", job.chunks, "\n");
  out += text("#SBATCH --ntasks=", job.ranks, " --cpus-per-task=", job.needs.cores,
              " --mem-per-cpu=", (job.needs.memory_mb + job.needs.cores - 1) / job.needs.cores, "M\n");
  if (job.needs.gpus > 0) out += text("#SBATCH --gpus-per-task=", job.needs.gpus, "\n");
  // The steps are told two minutes before the time is over, save, and the job is queued again.
  if (job.needs.minutes > 0) out += text("#SBATCH --time=", job.needs.minutes, " --signal=TERM@120\n");
  return out +
         text("#SBATCH --requeue --open-mode=append --output=logs/", job.name, array ? ".%a" : "", ".log\n");
}

/// srun passes signals on at once, and ends all ranks when one is lost.
std::string script_of(const FarmPlan& plan, const FarmJob& job) {
  std::vector<std::string> command = {"srun", "--kill-on-bad-exit=1",
                                      text("--cpus-per-task=", job.needs.cores)};
  command.insert(command.end(), job.command.begin(), job.command.end());
  command.insert(command.end(), {"--progress", "lines"});
  return text("#!/bin/bash\n", options_of(plan, job), "# ", plan.shot, ": ", job.summary,
              ". Made by understudy-plan.\ncd ", shell_word(plan.folder.string()), " || exit 3\n",
              check_work_folder(plan), shell_line(command, "\"$SLURM_ARRAY_TASK_ID\""), R"sh(
code=$?
# Stopped, killed or lost: run it again, but not for ever.
if { [ "$code" = 75 ] || [ "$code" -gt 128 ]; } && [ "${SLURM_RESTART_COUNT:-0}" -lt 10 ]; then
  scontrol requeue "$SLURM_JOB_ID"
  code=75
fi
exit "$code"
)sh");
}

std::string dependency_of(const FarmJob& job) {
  std::string out;
  for (const JobBefore& before : job.after)
    out += text(out.empty() ? "" : ",", before.by_chunk ? "aftercorr:$" : "afterok:$", variable(before.name));
  return out.empty() ? out : text(" --dependency=\"", out, "\"");
}

std::string submit_text(const FarmPlan& plan) {
  std::string out = text("#!/usr/bin/env bash\n# Hands ", plan.shot,
                         " to Slurm and prints the numbers of its jobs. Made by understudy-plan.\n",
                         R"sh(set -eu
cd "$(dirname "$0")"
mkdir -p logs
)sh",
                         mark_work_folder(plan), R"sh(submitted=()
# What a refused plan left in the queue would wait for ever.
trap '[ $? = 0 ] || [ ${#submitted[@]} = 0 ] || scancel "${submitted[@]}"' EXIT
submit() {  # VARIABLE SCRIPT OPTIONS...
  local number
  number=$(sbatch --parsable --kill-on-invalid-dep=yes "${@:3}" "$2")
  number=${number%%;*}
  submitted+=("$number")
  printf -v "$1" '%s' "$number"
  echo "$number ${2%.sbatch}"
}
)sh");
  for (const FarmJob& job : plan.jobs)
    out += text("submit ", variable(job.name), " ", job.name, ".sbatch", dependency_of(job), "\n");
  return out;
}

}  // namespace

std::vector<JobFile> slurm_files(const FarmPlan& plan) {
  std::vector<JobFile> out;
  for (const FarmJob& job : plan.jobs) out.push_back({job.name + ".sbatch", script_of(plan, job), true});
  out.push_back({"submit.sh", submit_text(plan), true});
  return out;
}

}  // namespace understudy::stages
