#!/usr/bin/env bash
# Builds every fuzz target with the sanitizers (preset fuzz) and runs each for some seconds on its seeds.
#   fuzz.sh [SECONDS=120] [TARGET...]
# What was found lies in build/fuzz/crashes; the exit code is 1 then, and 77 where clang lacks.
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=${1:-120}
shift $(($# > 0 ? 1 : 0))
command -v clang++-14 >/dev/null || { echo "fuzz: clang++-14 is missing (Debian packages clang-14 libclang-rt-14-dev)" >&2; exit 77; }
cmake --preset fuzz >/dev/null
cmake --build build/fuzz --target fuzz -j "${UNDERSTUDY_JOBS:-2}" >/dev/null
mkdir -p build/fuzz/crashes
failed=0
for seeds in tests/fuzz/seeds/*/; do
  name=$(basename "$seeds")
  [ -x "build/fuzz/bin/fuzz_$name" ] || continue  # one that is only replayed
  [ $# -eq 0 ] || [[ " $* " == *" $name "* ]] || continue
  mkdir -p "build/fuzz/found_$name"
  log=build/fuzz/crashes/$name.log
  if "build/fuzz/bin/fuzz_$name" -max_total_time="$seconds" -rss_limit_mb=2048 -timeout=20 -verbosity=1 \
      -artifact_prefix="build/fuzz/crashes/$name-" "build/fuzz/found_$name" "$seeds" 2>"$log"; then
    echo "$name: $(tail -n 1 "$log")"
  else
    echo "$name: failed, see $log"
    failed=1
  fi
done
exit $failed
