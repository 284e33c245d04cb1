#!/usr/bin/env bash
# debootstrap.sh BUILD DATA: makes the Debian package of a build, lets apt install it with all it depends on in a bare Debian 12 in a
# folder, and runs the programs there as an ordinary user. The packages come from where this machine's apt takes them.
# The exit code is 77, with a sentence, where that cannot be done.
set -euo pipefail
build=$(realpath "$1")
data=$(realpath "$2")

skip() {
  echo "skipped: $1"
  exit 77
}
[ "$(id -u)" -eq 0 ] || skip "this needs root, for debootstrap and chroot"
command -v debootstrap >/dev/null || skip "there is no debootstrap (Debian package debootstrap)"
if [ -z "${UNDERSTUDY_OWN_MOUNTS:-}" ]; then
  unshare --mount true 2>/dev/null || skip "mounts of its own are not allowed here"
  UNDERSTUDY_OWN_MOUNTS=1 exec unshare --mount --propagation private "$0" "$@"
fi
mirror=$(apt-get indextargets --format '$(RELEASE) $(REPO_URI)' 'Created-By: Packages' | awk '$1 ~ /^(bookworm|stable)$/ {print $2; exit}')
[ -n "$mirror" ] || skip "this machine's apt knows no mirror of Debian 12"

scratch=$(mktemp -d)
root=$scratch/root
clean_up() {
  umount "$root/proc" 2>/dev/null || true
  rm -rf "$scratch"
}
trap clean_up EXIT

(cd "$build" && cpack --config CPackConfig.cmake -B "$scratch/packages") >"$scratch/cpack.log" 2>&1 || { cat "$scratch/cpack.log"; exit 1; }
if ! debootstrap --variant=minbase bookworm "$root" "$mirror" >"$scratch/debootstrap.log" 2>&1; then
  tail -5 "$scratch/debootstrap.log"
  skip "debootstrap could not make the bare Debian"
fi

# The same packages as this machine takes, updates of stability and security too.
apt-get indextargets --format 'deb $(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' | sort -u >"$root/etc/apt/sources.list"
apt-config dump | grep -i '^Acquire::.*proxy' >"$root/etc/apt/apt.conf.d/90proxy" || true
cp --dereference /etc/resolv.conf "$root/etc/resolv.conf" 2>/dev/null || true
printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
chmod +x "$root/usr/sbin/policy-rc.d"
mount -t proc proc "$root/proc"
cp "$scratch"/packages/understudy_*.deb "$root/tmp/"
mkdir "$root/tmp/data"
cp "$data/cast/ada.mp4" "$data/dataset-v1/consent.toml" "$root/tmp/data/"

inside() {
  chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp/home LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive OMP_NUM_THREADS=2 "$@"
}
inside apt-get update -qq
echo "== apt installs the package and what it depends on"
before=$(inside dpkg-query -f '${Package}\n' -W | wc -l)
inside bash -c 'apt-get install -y -qq --no-install-recommends /tmp/understudy_*.deb' >"$scratch/apt.log" 2>&1 || { tail -30 "$scratch/apt.log"; exit 1; }
echo "$(($(inside dpkg-query -f '${Package}\n' -W | wc -l) - before)) packages were added"
[ -z "$(inside dpkg --audit)" ]

echo "== an ordinary user runs it"
inside useradd --home-dir /tmp/home --create-home artist
as_user() { inside setpriv --reuid artist --regid artist --clear-groups "$@"; }
for program in "$root"/usr/bin/understudy-*; do
  as_user "${program#"$root"}" --version
done
as_user understudy extract /tmp/data/ada.mp4 -o /tmp/home/ada --consent /tmp/data/consent.toml --frames 0-2 --quiet
as_user understudy align /tmp/home/ada --sheet /tmp/home/ada.png --quiet
as_user understudy faces stats /tmp/home/ada | tee "$scratch/stats"
grep -q "3 in 3 frames" "$scratch/stats"

echo "== purged, nothing is left"
inside apt-get purge -y -qq understudy >"$scratch/apt.log" 2>&1 || { tail -30 "$scratch/apt.log"; exit 1; }
left=$(find "$root/usr" "$root/etc" "$root/var/lib/dpkg/info" -iname '*understudy*')
[ -z "$left" ] || { echo "left: $left"; exit 1; }
echo "ok"
