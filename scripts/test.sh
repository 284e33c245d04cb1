#!/usr/bin/env bash
# Set-up, build, all tests but those that take minutes and gigabytes; with --slow as the first argument those alone.
set -euo pipefail
cd "$(dirname "$0")/.."
labels=(-LE long)
if [ "${1:-}" = "--slow" ]; then
  labels=(-L long)
  shift
fi
scripts/setup.sh
scripts/build.sh release
ctest --preset release "${labels[@]}" "$@"
