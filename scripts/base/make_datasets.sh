#!/usr/bin/env bash
# Makes the datasets a base model is trained on from the pictures of render_people.py; goes on where it was stopped.
#   scripts/base/make_datasets.sh PICTURES OUT     OUT gets neutral/ (likeness) and people/ (performer)
set -euo pipefail
[ $# -eq 2 ] || { echo "usage: scripts/base/make_datasets.sh PICTURES OUT" >&2; exit 2; }
pictures=$1 out=$2
bin=$(cd "$(dirname "$0")/../.." && pwd)/build/release/bin
mkdir -p "$out"

make_dataset() {  # NAME ROLE INPUT...
  [ -f "$out/$1.toml" ] || "$bin/understudy-consent" new --subject "$1" --role "$2" --basis synthetic \
    --use "base model of Understudy" -o "$out/$1.toml" >/dev/null
  "$bin/understudy-extract" "${@:3}" -o "$out/$1" --consent "$out/$1.toml" >/dev/null
  "$bin/understudy-align" "$out/$1" --sheet "$out/$1.png" >/dev/null
}
make_dataset neutral likeness "$pictures/neutral/moments"
make_dataset people performer "$pictures"/people/moments.p*.frames
