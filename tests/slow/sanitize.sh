#!/usr/bin/env bash
# Builds the tests with a sanitizer and runs them.
#   sanitize.sh asan|tsan [CTEST ARGUMENT...]
# asan: all tests, but for those of the sources and of engines; tsan: those of queues, loaders, caches and pipelines.
# The exit code is 77 where g++ has no such runtime.
set -euo pipefail
cd "$(dirname "$0")/../.."
preset=${1:?sanitize.sh asan or sanitize.sh tsan}
shift
case $preset in
  asan) flags=address,undefined tests=(-LE long -E '^(check_|cast|farm_)') targets=(all) ;;
  tsan) flags=thread tests=(-R '^(unit_core|unit_dataset|unit_media|unit_model|stage_tests)$') targets=(unit_core unit_dataset unit_media unit_model stage_tests) ;;
  *) echo "sanitize: there is no preset '$preset', only asan and tsan" >&2; exit 2 ;;
esac
echo 'int main() {}' | g++ -fsanitize=$flags -x c++ - -o /dev/null 2>/dev/null ||
  { echo "sanitize: g++ cannot link -fsanitize=$flags here (Debian packages libasan8 libubsan1 libtsan2)" >&2; exit 77; }
cmake --preset "$preset" >/dev/null
cmake --build "build/$preset" --target "${targets[@]}" -j "${UNDERSTUDY_JOBS:-2}" >build/$preset.log || { tail -30 build/$preset.log; exit 1; }
ctest --test-dir "build/$preset" --output-on-failure "${tests[@]}" "$@"
