#include "understudy/core/text.h"
#include "understudy/stages/plan/attempt_script.h"
#include "understudy/stages/plan/job_script.h"

namespace understudy::stages {

std::vector<JobFile> shell_files(const FarmPlan& plan) {
  std::string run =
      text("#!/usr/bin/env bash\n# ", plan.shot,
           " on this machine, one task after the other. Run again, it does what is missing. Made by "
           "understudy-plan.\nset -u\nhere=$(cd \"$(dirname \"$0\")\" && pwd)\n",
           mark_work_folder(plan), R"sh(running=''
trap '[ -z "$running" ] || kill -s TERM "$running" 2>/dev/null' TERM INT
attempt() {
  "$here/attempt.sh" "$@" &
  running=$!
  wait "$running"
  local code=$?
  while kill -0 "$running" 2>/dev/null; do  # a signal ends the wait, not the task
    wait "$running"
    code=$?
  done
  [ "$code" = 0 ] || exit "$code"
}
)sh");
  for (const FarmJob& job : plan.jobs) {
    run += text("\n# ", job.summary, "\n");
    run += job.chunks > 0 ? text("for ((task = 1; task <= ", job.chunks, "; task++)); do attempt ", job.name,
                                 " \"$task\"; done\n")
                          : text("attempt ", job.name, "\n");
  }
  std::vector<JobFile> out = job_scripts(plan, "lines");
  out.push_back(attempt_script());
  out.push_back({"run.sh", run, true});
  return out;
}

}  // namespace understudy::stages
