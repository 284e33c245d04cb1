# Sourced: a bare Debian 12 in $scratch/root, which goes away at the end, and inside() to run a command there.
# The packages come from where this machine's apt takes them. Where that cannot be done the exit code is 77, with a sentence.

skip() {
  echo "skipped: $1"
  exit 77
}

clean_up() {
  local place
  for place in "$root/proc" "$root/tmp/ccache"; do
    ! mountpoint -q "$place" || umount "$place" || { echo "$scratch stays: $place is still mounted"; return; }
  done
  rm -rf "$scratch"
}

# bare_debian SCRIPT ARGUMENT...: what the calling script was started with; it is started again with mounts of its own.
bare_debian() {
  [ "$(id -u)" -eq 0 ] || skip "this needs root, for debootstrap and chroot"
  command -v debootstrap >/dev/null || skip "there is no debootstrap (Debian package debootstrap)"
  if [ -z "${UNDERSTUDY_OWN_MOUNTS:-}" ]; then
    unshare --mount true 2>/dev/null || skip "mounts of its own are not allowed here"
    UNDERSTUDY_OWN_MOUNTS=1 exec unshare --mount --propagation private "$@"
  fi
  local mirror
  mirror=$(apt-get indextargets --format '$(RELEASE) $(REPO_URI)' 'Created-By: Packages' | awk '$1 ~ /^(bookworm|stable)$/ {print $2; exit}')
  [ -n "$mirror" ] || skip "this machine's apt knows no mirror of Debian 12"

  scratch=$(mktemp -d)
  root=$scratch/root
  trap clean_up EXIT
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
}

inside() {
  chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/tmp/home LANG=C.UTF-8 DEBIAN_FRONTEND=noninteractive OMP_NUM_THREADS=2 "$@"
}
