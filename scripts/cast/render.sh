#!/usr/bin/env bash
# Renders a clip of a person who does not exist: NAME.mp4, NAME.mask.mkv and NAME.truth.jsonl.
set -euo pipefail

usage="usage: scripts/cast/render.sh NAME OUTPUT_FOLDER [options of render_cast.py]
       FPS=24 is the clip's frame rate; single frames stay in build/cast/renders/NAME"
fail() { echo "render: $2" >&2; exit "$1"; }

[ $# -ge 2 ] || fail 2 "$usage"
name=$1 output=$2
shift 2
[[ $name =~ ^[A-Za-z0-9][A-Za-z0-9_-]*$ ]] || fail 2 "the name '$name' may hold letters, digits, _ and - only"
for option in "$@"; do
  case $option in
    --out|--out=*|--truth-only) fail 2 "$option is not for this script; call render_cast.py itself" ;;
    -h|--help) fail 2 "$usage" ;;
  esac
done
for program in blender ffmpeg g++; do
  command -v "$program" >/dev/null ||
    fail 5 "$program is missing. On Debian: apt-get install blender ffmpeg g++ python3-numpy python3-opencv"
done

source_folder=$(cd "$(dirname "$0")" && pwd)
build=$(cd "$source_folder/../.." && pwd)/build/cast
frames=$build/renders/$name
fps=${FPS:-24}
mkdir -p "$build" "$output"

if [ ! -e "$build/libdenoise.so" ] || [ "$source_folder/denoise.cpp" -nt "$build/libdenoise.so" ]; then
  g++ -O3 -march=native -fopenmp -shared -fPIC "$source_folder/denoise.cpp" -o "$build/libdenoise.so.new"
  mv "$build/libdenoise.so.new" "$build/libdenoise.so"
fi

rm -rf "$frames.new"
blender -b --python-exit-code 1 -P "$source_folder/render_cast.py" -- "$@" --out "$frames.new"
rm -rf "$frames"
mv "$frames.new" "$frames"

encode() { ffmpeg -v error -y -framerate "$fps" -pattern_type glob -i "$frames/$1/*.png" "${@:2}"; }
encode frames -c:v libx264 -crf 16 -preset slow -pix_fmt yuv420p "$output/$name.mp4"
encode mask -c:v ffv1 -level 3 -pix_fmt gray "$output/$name.mask.mkv"
cp "$frames/truth.jsonl" "$output/$name.truth.jsonl"
echo "render: wrote $output/$name.mp4, $name.mask.mkv and $name.truth.jsonl"
