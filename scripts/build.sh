#!/usr/bin/env bash
# Configures and builds a preset (default: release) into build/PRESET.
set -euo pipefail
cd "$(dirname "$0")/.."
preset=${1:-release}
cmake --preset "$preset" >&2
cmake --build --preset "$preset" >&2
