#!/usr/bin/env bash
# A whole Slurm on this machine, to try job files on: no systemd, no database, on the loopback only.
#   scripts/farm/slurm-local.sh start          starts it and prints what a shell must export, for: eval "$(slurm-local.sh start)"
#   scripts/farm/slurm-local.sh run COMMAND... starts it, runs the command in it and stops it; the exit code is the command's
#   scripts/farm/slurm-local.sh stop           ends its jobs and itself
# SLURM_LOCAL_DIR     its folder; by default one of this user's in the temporary folder
# SLURM_LOCAL_NODES   number of nodes, 2 by default; each is given SLURM_LOCAL_CPUS, by default all cores of the machine
# Debian's packages: slurmctld slurmd slurm-client munge.
set -u

folder=${SLURM_LOCAL_DIR:-${TMPDIR:-/tmp}/understudy-slurm-$(id -u)}
nodes=${SLURM_LOCAL_NODES:-2}
cpus=${SLURM_LOCAL_CPUS:-$(nproc)}
# Its nodes n1, n2 ... are no hosts that could be found by these names.
export PATH=$PATH:/usr/sbin SLURM_CONF=$folder/slurm.conf MASTER_ADDR=127.0.0.1

say() { echo "slurm-local: $*" >&2; }

check_installed() {
  local program lacking=()
  for program in munged slurmctld slurmd sbatch srun scontrol; do
    command -v "$program" >/dev/null || lacking+=("$program")
  done
  [ ${#lacking[@]} = 0 ] && return
  say "not installed: ${lacking[*]}. apt-get install --no-install-recommends slurmctld slurmd slurm-client munge"
  exit 5
}

is_running() {  # PID_FILE
  [ -s "$1" ] && kill -0 "$(cat "$1")" 2>/dev/null
}

# The first of so many ports in a row that nobody listens on.
free_ports() {  # COUNT
  local first port
  for ((first = 21000 + $$ % 20000; first < 60000; first += 37)); do
    for ((port = first; port < first + $1; port++)); do
      (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && continue 2
    done
    echo "$first"
    return
  done
}

write_configuration() {
  local host user port
  host=$(hostname -s) user=$(id -un)
  port=$(free_ports $((nodes + 1)))
  cat >"$folder/slurm.conf" <<END
ClusterName=local
SlurmctldHost=$host(127.0.0.1)
SlurmctldPort=$port
SlurmUser=$user
SlurmdUser=$user
StateSaveLocation=$folder/state
SlurmdSpoolDir=$folder/spool.%n
SlurmctldPidFile=$folder/run/slurmctld.pid
SlurmdPidFile=$folder/run/slurmd.%n.pid
SlurmctldLogFile=$folder/log/slurmctld.log
SlurmdLogFile=$folder/log/slurmd.%n.log
JobCompType=jobcomp/filetxt
JobCompLoc=$folder/log/jobs.log
# A job that is queued again waits as long as a credential lasts.
AuthType=auth/munge
AuthInfo=socket=$folder/munge/socket,cred_expire=8
# Nothing that a container may lack: control groups, a database, switches, MPI.
ProctrackType=proctrack/pgid
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
SwitchType=switch/none
SlurmctldTimeout=120
SlurmdTimeout=120
MessageTimeout=60
ReturnToService=2
KillWait=30
JobRequeue=1
MinJobAge=3600
SchedulerParameters=sched_interval=1,sched_min_interval=0,batch_sched_delay=0,bf_interval=1
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
PreemptType=preempt/partition_prio
PreemptMode=REQUEUE
NodeName=n[1-$nodes] NodeAddr=127.0.0.1 NodeHostname=$host Port=[$((port + 1))-$((port + nodes))] CPUs=$cpus Sockets=1 CoresPerSocket=$cpus ThreadsPerCore=1 RealMemory=$(awk '/^MemTotal/ {print int($2 / 1024)}' /proc/meminfo)
# Longer than a program may take to save, see docs/farm.md.
PartitionName=farm Nodes=ALL Default=YES State=UP PriorityTier=1 GraceTime=60
PartitionName=rush Nodes=ALL State=UP PriorityTier=10 PreemptMode=OFF
END
}

start_munge() {
  is_running "$folder/run/munged.pid" && return
  rm -f "$folder/munge/socket" "$folder/munge/socket.lock"
  # --force: the folders above belong to others
  munged --force --socket="$folder/munge/socket" --key-file="$folder/munge/key" --pid-file="$folder/run/munged.pid" \
    --log-file="$folder/log/munged.log" --seed-file="$folder/munge/seed" --num-threads=2 >>"$folder/log/start.log" 2>&1
}

start_daemons() {
  local number
  start_munge || { say "munged does not start:"; tail -5 "$folder/log/start.log" >&2; return 1; }
  is_running "$folder/run/slurmctld.pid" || slurmctld >>"$folder/log/start.log" 2>&1 ||
    { say "slurmctld does not start:"; tail -5 "$folder/log/slurmctld.log" "$folder/log/start.log" >&2; return 1; }
  for ((number = 1; number <= nodes; number++)); do
    mkdir -p "$folder/spool.n$number"
    is_running "$folder/run/slurmd.n$number.pid" || slurmd -N "n$number" >>"$folder/log/start.log" 2>&1 ||
      { say "slurmd of n$number does not start:"; tail -5 "$folder/log/slurmd.n$number.log" "$folder/log/start.log" >&2; return 1; }
  done
}

start() {
  local tries
  check_installed
  mkdir -p "$folder"/{state,log,run,munge} || return 5
  chmod 755 "$folder" "$folder/munge"
  [ -s "$folder/munge/key" ] || (umask 077 && head -c 1024 /dev/urandom >"$folder/munge/key")
  [ -s "$folder/slurm.conf" ] || write_configuration
  start_daemons || { stop; return 5; }
  for ((tries = 0; tries < 300; tries++)); do
    [ "$(sinfo -h -o %T 2>/dev/null | sort -u)" = idle ] && return
    sleep 0.1
  done
  say "the nodes do not become idle:"
  sinfo >&2
  stop
  return 5
}

end_process() {  # PID_FILE
  local pid tries
  is_running "$1" || return 0
  pid=$(cat "$1")
  kill "$pid"
  for ((tries = 0; tries < 100; tries++)); do
    kill -0 "$pid" 2>/dev/null || return 0
    sleep 0.1
  done
  kill -9 "$pid"
}

# Removes the folder, which is known to be ours by its configuration.
stop() {
  local file tries
  [ -s "$folder/slurm.conf" ] || { say "nothing runs in $folder"; return 0; }
  if is_running "$folder/run/slurmctld.pid"; then
    scancel --state=PENDING,RUNNING,SUSPENDED --user="$(id -un)" 2>/dev/null
    for ((tries = 0; tries < 100; tries++)); do
      [ -z "$(squeue -h 2>/dev/null)" ] && break
      sleep 0.1
    done
  fi
  for file in "$folder"/run/slurmd.n*.pid "$folder/run/slurmctld.pid" "$folder/run/munged.pid"; do
    end_process "$file"
  done
  rm -rf "$folder"
}

case ${1:-} in
start)
  start || exit
  echo "export SLURM_CONF=$SLURM_CONF MASTER_ADDR=$MASTER_ADDR"
  ;;
stop)
  stop
  ;;
run)
  shift
  [ $# -gt 0 ] || { say "run what?"; exit 2; }
  start || exit
  "$@"
  code=$?
  stop
  exit "$code"
  ;;
*)
  say "write slurm-local.sh start, stop or run COMMAND..."
  exit 2
  ;;
esac
