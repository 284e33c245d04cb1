#!/usr/bin/env bash
# Builds every fuzz target with the sanitizers (preset asan) and runs each for some seconds on its seeds.
#   fuzz.sh [SECONDS=60] [TARGET...]
# What was found lies in build/asan/fuzz/crashes; the exit code is 123 then, and 77 where libFuzzer lacks.
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=${1:-60}
shift $(($# > 0 ? 1 : 0))
compgen -G '/usr/lib/llvm-*/lib/clang/*/lib/linux/libclang_rt.fuzzer-*.a' >/dev/null ||
  { echo "fuzz: libFuzzer is missing (Debian package libclang-rt-14-dev)" >&2; exit 77; }
cmake --preset asan >/dev/null
targets=(fuzz)
[ $# -eq 0 ] || targets=("${@/#/fuzz_}")
cmake --build build/asan --target "${targets[@]}" -j "${UNDERSTUDY_JOBS:-2}" >build/asan.log || { tail -30 build/asan.log; exit 1; }
mkdir -p build/asan/fuzz/crashes
# Some readers want a file: one in memory is quickest.
if [ -d /dev/shm ]; then
  export TMPDIR=/dev/shm
fi
export OMP_NUM_THREADS=1 LSAN_OPTIONS=suppressions=$PWD/tests/sanitize/leaks.txt:print_suppressions=0

fuzz() {  # SECONDS NAME
  local work=build/asan/fuzz log=build/asan/fuzz/crashes/$2.log
  mkdir -p "$work/found_$2"
  if "build/asan/bin/fuzz_$2" -max_total_time="$1" -rss_limit_mb=2048 -timeout=20 -verbosity=1 \
      -artifact_prefix="$work/crashes/$2-" "$work/found_$2" "tests/fuzz/seeds/$2" >"$log" 2>&1; then
    echo "$2: $(tail -n 1 "$log")"
  else
    echo "$2: failed, see $log"
    exit 1
  fi
}
export -f fuzz
if [ $# -eq 0 ]; then
  set -- $(ls tests/fuzz/seeds)
fi
# The exit code is that of xargs: 123 when one failed.
printf '%s\n' "$@" | xargs -P "${UNDERSTUDY_JOBS:-2}" -I '{}' bash -c "fuzz $seconds {}"
