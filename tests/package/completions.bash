#!/usr/bin/env bash
# completions.bash FOLDER: asks bash's completions in FOLDER as a shell does at a press of the tabulator key, and compares the answers.
# The exit code is 1 when one of them is wrong.
folder=$1
cd "$(dirname "$0")/../data" || exit 3
for file in "$folder"/*; do
  # shellcheck source=/dev/null
  source "$file" || { echo "bash cannot read $file"; exit 1; }
done
wrong=0

# What is offered for the last of the words, sorted, on one line. bash makes words of `=` by itself.
offered() {
  COMP_WORDS=("$@")
  COMP_CWORD=$(($# - 1))
  COMPREPLY=()
  local function
  function=$(complete -p "$1" | sed 's/.*-F \([^ ]*\) .*/\1/')
  "$function" "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
  printf '%s\n' "${COMPREPLY[@]}" | sort -u | xargs
}

# expect ANSWER WORD...
expect() {
  local answer=$1 got
  shift
  got=$(offered "$@")
  [ "$got" == "$answer" ] && return
  echo "'$*': expected '$answer', offered '$got'"
  wrong=1
}
# expect_among ANSWER WORD...: one of the answers.
expect_among() {
  local answer=$1 got
  shift
  got=$(offered "$@")
  [[ " $got " == *" $answer "* ]] && return
  echo "'$*': expected '$answer' among '$got'"
  wrong=1
}

expect "--deinterlace --describe --detector --device" understudy-extract --de
expect "dlib understudy yunet" understudy-extract --detector ""
expect "dlib understudy yunet" understudy-extract plate.mov --detector ""
expect "yunet" understudy-extract --detector y
expect "yunet" understudy-extract --detector = y
expect "dlib understudy yunet" understudy-extract --detector =
expect "" understudy-extract --min-face ""
expect "cast/ada.mp4" understudy-extract cast/ada.mp
expect "cast/ada.mp4" understudy-extract --detector dlib cast/ada.mp
expect "c2pa cast consent-v1" understudy-train --likeness c2pa c
expect "cast" understudy-train --likeness=x --performer cas
expect "motion-blur,grain" understudy-merge --texture motion-blur,gr
expect_among "test" understudy-merge --profile t
expect_among "digests-v1" understudy-align d
expect "stats" understudy-faces st
expect "stats" understudy-faces --quiet st
expect "--replace --report --revocations" understudy-align --re
expect "--html" understudy-faces stats --ht
expect_among "blur" understudy-faces sort --by ""
expect_among "--report" understudy-faces sort --rep
expect "evaluate export extract" understudy e
expect "yunet" understudy extract --detector y
expect "sheet" understudy faces she
expect "stats" understudy faces --log-level debug sta
expect "" understudy nothing --h
exit $wrong
