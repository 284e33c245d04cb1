#!/usr/bin/env bash
# Set-up, build, all tests but those that take minutes and gigabytes: these have the label `long`. Arguments go to ctest.
set -euo pipefail
cd "$(dirname "$0")/.."
labels=(-LE long)
if [[ " $* " == *" -L "* ]]; then
  labels=()
fi
scripts/setup.sh --engines
scripts/build.sh release
ctest --preset release ${labels[@]+"${labels[@]}"} "$@"
