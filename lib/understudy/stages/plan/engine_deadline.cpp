#include "understudy/core/text.h"
#include "understudy/stages/plan/job_script.h"

namespace understudy::stages {
namespace {

/// The number of a task is its only frame; kChunkWord becomes Deadline's own word.
std::string plugin_info(const FarmJob& job) {
  return text("Executable=/bin/bash\nArguments=<QUOTE>@HERE@/", job.name, ".sh<QUOTE>",
              job.chunks > 0 ? " <STARTFRAME>" : "", "\nShellExecute=false\nSingleFramesOnly=true\n");
}

std::string job_info(const FarmPlan& plan, const FarmJob& job) {
  std::string out = text("Plugin=CommandLine\nName=", plan.shot, " ", job.name, "\nBatchName=", plan.shot,
                         "\nComment=", job.summary,
                         "\nFrames=", job.chunks > 0 ? text("1-", job.chunks) : "1", "\nChunkSize=1\n");
  if (job.needs.minutes > 0) out += text("TaskTimeoutMinutes=", job.needs.minutes, "\n");
  return out;
}

/// Deadline has one switch for all dependencies of a job: frame by frame only where all are.
bool is_frame_dependent(const FarmJob& job) {
  for (const JobBefore& before : job.after)
    if (!before.by_chunk) return false;
  return !job.after.empty();
}

std::string submit_line(const FarmJob& job) {
  std::string out = text("submit ", job.name, " ", is_frame_dependent(job) ? "true" : "false");
  for (const JobBefore& before : job.after) out += " " + before.name;
  return out + "\n";
}

}  // namespace

std::vector<JobFile> deadline_files(const FarmPlan& plan) {
  std::vector<JobFile> out = job_scripts(plan, "farm");
  std::string submit = text("#!/usr/bin/env bash\n# Hands ", plan.shot,
                            " to Deadline and prints the numbers of its jobs. Made by understudy-plan.\n",
                            mark_work_folder(plan), R"sh(set -eu
here=$(cd "$(dirname "$0")" && pwd)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
declare -A number
submit() {  # JOB BY_FRAME JOBS_BEFORE...
  local job=$1 by_frame=$2 before='' one
  shift 2
  for one in "$@"; do before+=${before:+,}${number[$one]}; done
  cp "$here/$job.job" "$scratch/job"
  [ -z "$before" ] || printf 'JobDependencies=%s\nIsFrameDependent=%s\n' "$before" "$by_frame" >>"$scratch/job"
  sed "s|@HERE@|$here|" "$here/$job.plugin" >"$scratch/plugin"
  number[$job]=$(deadlinecommand "$scratch/job" "$scratch/plugin" | sed -n 's/^JobID=//p' | tr -d '\r')
  [ -n "${number[$job]}" ] || { echo "Deadline gave $job no number" >&2; exit 5; }
  echo "${number[$job]} $job"
}
)sh");
  for (const FarmJob& job : plan.jobs) {
    out.push_back({job.name + ".job", job_info(plan, job)});
    out.push_back({job.name + ".plugin", plugin_info(job)});
    submit += submit_line(job);
  }
  out.push_back({"submit.sh", submit, true});
  return out;
}

}  // namespace understudy::stages
