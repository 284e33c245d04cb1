#!/usr/bin/env bash
# readme_on_bare_debian.sh SOURCE: does what the README says in a bare Debian 12 in a folder, from a clone of the project's last
# commit: scripts/demo.sh and scripts/test.sh, which bring all that is needed. Of the tests, those that are quick.
set -euo pipefail
source "$(dirname "$0")/bare_debian.sh"
bare_debian "$0" "$@"
source=$(realpath "$1")
mkdir -p "$root$source" "$root/tmp/ccache"
git -C "$source" archive HEAD | tar -x -C "$root$source"
# What this machine has compiled at the same path need not be compiled again.
if command -v ccache >/dev/null; then
  mount --bind "$(ccache --get-config cache_dir)" "$root/tmp/ccache"
fi

echo "== scripts/demo.sh"
inside env CCACHE_DIR=/tmp/ccache "$source/scripts/demo.sh" >"$scratch/demo.log" 2>&1 || { tail -40 "$scratch/demo.log"; exit 1; }
for made in result.mp4 sheet.png result.html; do
  [ -s "$root$source/demo/$made" ] || { echo "demo/$made is missing"; exit 1; }
done
cat "$root$source/demo/evaluation.json"

echo "== scripts/test.sh"
inside env CCACHE_DIR=/tmp/ccache "$source/scripts/test.sh" -L fast >"$scratch/test.log" 2>&1 || { tail -60 "$scratch/test.log"; exit 1; }
tail -30 "$scratch/test.log"
