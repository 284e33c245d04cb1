#!/usr/bin/env bash
# package_on_bare_debian.sh BUILD DATA: makes the Debian package of a build, installs it with all it depends on in a bare Debian 12 in
# a folder, as the Apptainer definition does in its image, and runs the programs there as an ordinary user. Apptainer itself is not in
# Debian: of the definition %files, %post and %test are tried here, by hand.
set -euo pipefail
source "$(dirname "$0")/bare_debian.sh"
bare_debian "$0" "$@"
build=$(realpath "$1")
data=$(realpath "$2")
definition=$(dirname "$0")/../../scripts/packaging/container/understudy.def

# section NAME: the lines of that section of the definition.
section() {
  awk -v head="%$1" '/^%/ { wanted = $1 == head; next } wanted' "$definition"
}

(cd "$build" && cpack --config CPackConfig.cmake -B "$scratch/packages") >"$scratch/cpack.log" 2>&1 || { cat "$scratch/cpack.log"; exit 1; }
read -r files place < <(section files)
cp "$scratch"/packages/$files "$root$place"
mkdir "$root/tmp/data"
cp "$data/cast/ada.mp4" "$data/dataset-v1/consent.toml" "$root/tmp/data/"

inside apt-get update -qq
echo "== apt installs the package and what it depends on, by the Apptainer definition"
before=$(inside dpkg-query -f '${Package}\n' -W | wc -l)
section post | inside bash -s >"$scratch/apt.log" 2>&1 || { tail -30 "$scratch/apt.log"; exit 1; }
echo "$(($(inside dpkg-query -f '${Package}\n' -W | wc -l) - before)) packages were added"
[ -z "$(inside dpkg --audit)" ]

echo "== an ordinary user runs it"
inside useradd --home-dir /tmp/home --create-home artist
as_user() { inside setpriv --reuid artist --regid artist --clear-groups "$@"; }
for program in "$root"/usr/bin/understudy-*; do
  as_user "${program#"$root"}" --version
done
section test | as_user bash -e -s
as_user understudy extract /tmp/data/ada.mp4 -o /tmp/home/ada --consent /tmp/data/consent.toml --frames 0-2 --quiet
as_user understudy align /tmp/home/ada --sheet /tmp/home/ada.png --quiet
as_user understudy faces stats /tmp/home/ada | tee "$scratch/stats"
grep -q "3 in 3 frames" "$scratch/stats"

echo "== purged, nothing is left"
inside apt-get purge -y -qq understudy >"$scratch/apt.log" 2>&1 || { tail -30 "$scratch/apt.log"; exit 1; }
left=$(find "$root/usr" "$root/etc" "$root/var/lib/dpkg/info" -iname '*understudy*')
[ -z "$left" ] || { echo "left: $left"; exit 1; }
echo "ok"
