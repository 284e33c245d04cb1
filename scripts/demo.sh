#!/usr/bin/env bash
# The whole pipeline on the bundled sample: puts ada's face into bruno's clip and measures the result against the true swap.
#   scripts/demo.sh [DIR]      DIR (default demo/) gets result.mp4, sheet.png, result.html, evaluation.json, likeness/, performer/, model/
set -euo pipefail
cd "$(dirname "$0")/.."
out=${1:-demo}
cast=tests/data/cast
bin=build/release/bin

scripts/setup.sh
scripts/build.sh release
mkdir -p "$out"
started=$SECONDS

consent() {  # NAME ROLE
  [ -f "$out/$1.toml" ] || "$bin/understudy-consent" new --subject "$1" --role "$2" --basis synthetic \
    --use "demonstration of Understudy" -o "$out/$1.toml" >/dev/null
}
consent ada likeness
consent bruno performer

"$bin/understudy-extract" "$cast/ada.mp4" -o "$out/likeness" --consent "$out/ada.toml" | "$bin/understudy-align" - >/dev/null
"$bin/understudy-extract" "$cast/bruno.mp4" -o "$out/performer" --consent "$out/bruno.toml" | "$bin/understudy-align" - >/dev/null
"$bin/understudy-train" --likeness "$out/likeness" --performer "$out/performer" -m "$out/model" \
  --preset sketch-on-base --from base >/dev/null
"$bin/understudy-convert" "$out/performer" -m "$out/model" --replace >/dev/null
"$bin/understudy-merge" "$out/performer" -o "$out/result.mp4" --codec h264 \
  --authority "$out/authority" --registry "$out/registry" >/dev/null
"$bin/understudy-evaluate" "$out/result.mp4" --truth "$cast/bruno_as_ada_truth.mp4" --plate "$cast/bruno.mp4" \
  --mask "$cast/bruno_as_ada_truth.mask.mkv" > "$out/evaluation.json"

# What anybody can find out about the result who trusts authority/root.pem, with readers of other makers too.
"$bin/understudy-verify" "$out/result.mp4" --trust "$out/authority/root.pem" --registry "$out/registry" \
  --consent "$out/ada.toml" --consent "$out/bruno.toml" --html "$out/result.html" > "$out/result.txt"

# Six frames of the plate, the result and the truth under each other.
row="select='not(mod(n-5\,10))',setpts=N,tile=6x1"
ffmpeg -v error -y -i "$cast/bruno.mp4" -i "$out/result.mp4" -i "$cast/bruno_as_ada_truth.mp4" -frames:v 1 -filter_complex \
  "[0]$row[a];[1]$row[b];[2]$row[c];[a][b][c]vstack=3,scale=1920:-1" "$out/sheet.png"

cat <<END
Done in $((SECONDS - started)) s.
  video     $out/result.mp4
  pictures  $out/sheet.png          (plate, result, truth)
  origin    $out/result.html        (what the video's signed content credentials and its watermark say)
  training  $out/model/preview.png, $out/model/loss.png
  figures   $out/evaluation.json
END
cat "$out/evaluation.json"
