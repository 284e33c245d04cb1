#!/usr/bin/env bash
# Runs one training in several processes on this machine, as torchrun would:
#   scripts/farm/ranks.sh N COMMAND...
# The cores are shared out unless OMP_NUM_THREADS is set. SIGTERM, SIGINT and SIGUSR1 are passed on to all. The exit code is that of
# the first process that found something wrong (1 to 7); 75 when one was stopped or lost; else 0.
set -u

if [ $# -lt 2 ] || ! [[ $1 =~ ^[1-9][0-9]*$ ]]; then
  echo "ranks: write ranks.sh N COMMAND..., N the number of processes" >&2
  exit 2
fi
export WORLD_SIZE=$1 LOCAL_WORLD_SIZE=$1
shift
threads=$(($(nproc) / WORLD_SIZE))
export OMP_NUM_THREADS=${OMP_NUM_THREADS:-$((threads > 0 ? threads : 1))}
if [ -z "${MASTER_ADDR:-}" ] && [ -z "${UNDERSTUDY_RENDEZVOUS_FILE:-}" ]; then
  folder=$(mktemp -d)
  export UNDERSTUDY_RENDEZVOUS_FILE=$folder/meeting
  trap 'rm -rf "$folder"' EXIT
fi

running=()
for ((rank = 0; rank < WORLD_SIZE; rank++)); do
  RANK=$rank LOCAL_RANK=$rank "$@" &
  running+=($!)
done
signalled=
pass_on() {
  signalled=1
  kill -s "$1" "${running[@]}" 2>/dev/null
}
for signal in TERM INT USR1; do
  trap "pass_on $signal" "$signal"
done

found=0 guard=
while [ ${#running[@]} -gt 0 ]; do
  ended=
  wait -n -p ended "${running[@]}"
  code=$?
  if [ -z "${ended:-}" ]; then
    [ -n "$signalled" ] || break
    signalled=
    continue
  fi
  left=()
  for process in "${running[@]}"; do
    [ "$process" = "$ended" ] || left+=("$process")
  done
  running=(${left[@]+"${left[@]}"})
  [ "$code" = 0 ] && continue
  if [ "$code" -ge 8 ]; then code=75; fi  # stopped, killed or lost: run it again
  if [ "$found" = 0 ] || { [ "$found" = 75 ] && [ "$code" != 75 ]; }; then found=$code; fi
  if [ -z "$guard" ] && [ ${#running[@]} -gt 0 ]; then
    # The others notice by themselves, if they had met; else they would wait for long.
    (sleep 15 && kill -s TERM "${running[@]}") >/dev/null 2>&1 &
    guard=$!
  fi
done
[ -n "$guard" ] && kill "$guard" 2>/dev/null
exit "$found"
