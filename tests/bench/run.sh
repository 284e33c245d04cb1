#!/usr/bin/env bash
# Measures everything and fills it into the tables of docs/benchmarks.md.
#   tests/bench/run.sh [BUILD]     BUILD (default build/bench) is built by: scripts/build.sh bench
# The environment variable UNDERSTUDY_MODEL_DIR names the folder with the models of yunet and facemesh; without it they are left out.
# Takes about ten minutes. Nothing else should run meanwhile.
set -euo pipefail
cd "$(dirname "$0")/../.."
build=${1:-build/bench}
results=$build/bench-results
mkdir -p "$results"

"$build/bin/understudy_bench" --benchmark_min_time=0.3 --benchmark_repetitions=5 --benchmark_report_aggregates_only=false \
  --benchmark_out="$results/bench.json" --benchmark_out_format=json
python3 tests/bench/end_to_end.py --bin "$build/bin" ${UNDERSTUDY_MODEL_DIR:+--model-dir "$UNDERSTUDY_MODEL_DIR"} \
  > "$results/end_to_end.json"
python3 tests/bench/table.py "$results/bench.json" "$results/end_to_end.json" docs/benchmarks.md
