#!/usr/bin/env bash
# Builds every fuzz target with the sanitizers (preset asan) and runs each for some seconds on its seeds.
#   fuzz.sh [SECONDS=120] [TARGET...]
# What was found lies in build/asan/fuzz/crashes; the exit code is 1 then, and 77 where libFuzzer lacks.
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=${1:-120}
shift $(($# > 0 ? 1 : 0))
compgen -G '/usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.fuzzer-*.a' >/dev/null ||
  { echo "fuzz: libFuzzer is missing (Debian package libclang-rt-14-dev)" >&2; exit 77; }
cmake --preset asan >/dev/null
targets=(fuzz)
[ $# -eq 0 ] || targets=("${@/#/fuzz_}")
cmake --build build/asan --target "${targets[@]}" -j "${UNDERSTUDY_JOBS:-2}" >/dev/null
work=build/asan/fuzz
mkdir -p "$work/crashes"
# Some readers want a file: one in memory is quickest.
if [ -d /dev/shm ]; then
  export TMPDIR=/dev/shm
fi
export OMP_NUM_THREADS=1 LSAN_OPTIONS=suppressions=$PWD/tests/sanitize/leaks.txt:print_suppressions=0
failed=0
for seeds in tests/fuzz/seeds/*/; do
  name=$(basename "$seeds")
  [ $# -eq 0 ] || [[ " $* " == *" $name "* ]] || continue
  mkdir -p "$work/found_$name"
  log=$work/crashes/$name.log
  if "build/asan/bin/fuzz_$name" -max_total_time="$seconds" -rss_limit_mb=2048 -timeout=20 -verbosity=1 \
      -artifact_prefix="$work/crashes/$name-" "$work/found_$name" "$seeds" >"$log" 2>&1; then
    echo "$name: $(tail -n 1 "$log")"
  else
    echo "$name: failed, see $log"
    failed=1
  fi
done
exit $failed
