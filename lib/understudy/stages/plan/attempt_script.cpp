#include "understudy/stages/plan/attempt_script.h"

namespace understudy::stages {

JobFile attempt_script() {
  return {"attempt.sh", R"sh(#!/usr/bin/env bash
# attempt.sh JOB [TASK]: one task, again while it says that it was stopped and is to be run again (75). Signals are passed on, and
# end the attempts. Made by understudy-plan.
set -u
here=$(cd "$(dirname "$0")" && pwd)
log=$here/logs/$1${2:+.$2}.log
mkdir -p "$here/logs"
running='' stopped=''
stop() {
  stopped=1
  [ -z "$running" ] || kill -s TERM "$running" 2>/dev/null
}
trap stop TERM INT
for try in 1 2 3 4 5 6; do
  "$here/$1.sh" ${2:+"$2"} >>"$log" 2>&1 &
  running=$!
  wait "$running"
  code=$?
  while kill -0 "$running" 2>/dev/null; do  # a signal ends the wait, not the program
    wait "$running"
    code=$?
  done
  [ "$code" = 75 ] && [ -z "$stopped" ] || break
done
[ "$code" = 0 ] || echo "$1${2:+ task $2} ended with exit code $code, see $log" >&2
exit "$code"
)sh",
          true};
}

}  // namespace understudy::stages
