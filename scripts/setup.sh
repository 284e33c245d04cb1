#!/usr/bin/env bash
# Installs what Understudy is built and tested with, from Debian 12's own packages. Does nothing when all is there.
#   setup.sh --engines    also the farm engines that tests hand jobs to, on this machine alone: GNU parallel and Slurm
set -euo pipefail

packages=(
  build-essential cmake ninja-build ccache pkg-config git
  libtorch-dev libgloo-dev libopencv-dev libopenimageio-dev libopenexr-dev libopencolorio-dev libfreetype-dev fonts-dejavu-core
  libavformat-dev libavcodec-dev libavfilter-dev libavutil-dev libswscale-dev
  libcli11-dev libspdlog-dev nlohmann-json3-dev libtomlplusplus-dev libssl-dev zlib1g-dev libdeflate-dev
  libdlib-dev libdlib-data libdnnl-dev libblas-dev liblapack-dev
  libgtest-dev libgmock-dev libbenchmark-dev ffmpeg openimageio-tools python3 protobuf-compiler
  dpkg-dev file groff-base zsh
)
if [ "${1:-}" = --engines ]; then
  packages+=(parallel slurmctld slurmd slurm-client munge)
fi
# The official reader of content credentials comes by npm, whoever brought that.
command -v npm >/dev/null || packages+=(nodejs npm)

missing=()
for package in "${packages[@]}"; do
  dpkg-query -W -f='${Status}' "$package" 2>/dev/null | grep -q 'install ok installed' || missing+=("$package")
done
if [ ${#missing[@]} -eq 0 ]; then
  exit 0
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  command -v sudo >/dev/null || { echo "setup: run this as root, or install sudo: ${missing[*]} are missing" >&2; exit 5; }
  as_root=(sudo)
fi
echo "setup: installing ${missing[*]}" >&2
"${as_root[@]}" apt-get update -qq
DEBIAN_FRONTEND=noninteractive "${as_root[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >&2
