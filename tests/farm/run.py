#!/usr/bin/env python3
"""Sends the sample shot through engines that are really there, and compares the pixels of what they deliver.

run.py --bin DIR --data DIR --scripts DIR [--only NAME]    a line for each step; exit code 1 when one fails, 77 when an engine is lacking

shell      one task after the other; also against a merge in one go
parallel   GNU parallel
slurm      two nodes on this machine: arrays, two ranks under srun
disturbed  the same while a task is cancelled, a rank killed, tasks are queued again or preempted, and a node is drained
"""

import argparse
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import sample  # noqa: E402

LACKING = 77
ITERATIONS = 60
SLURM_PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "srun")


class Failed(Exception):
    pass


class Lacking(Exception):
    """An engine cannot run here, for a reason that is not ours."""


def check(condition, what):
    if not condition:
        raise Failed(what)


def wait_for(what, condition, seconds=240):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = condition()
        if found:
            return found
        time.sleep(0.1)
    raise Failed(f"{what} did not come within {seconds} s")


class Farm:
    """The programs, the cast, and a folder for a shot each."""

    def __init__(self, options, folder):
        self.programs, self.cast, self.scripts = sample.Programs(options.bin), options.data / "cast", options.scripts
        self.folder, self.reference = folder, None

    def shot(self, name):
        return sample.write_shot(self.programs, self.folder / name, self.cast, iterations=ITERATIONS)

    def submit(self, shot, engine):
        """Plans and hands over; gives the folder of the job files."""
        jobs = shot.parent / "jobs"
        self.programs.run("plan", shot, "--engine", engine, "-o", jobs, "--submit")
        return jobs

    def check_delivery(self, shot):
        """The delivery has the pixels of the first one, every frame, and whole credentials."""
        delivered = sample.pixels(shot.parent / sample.OUTPUT)
        self.reference = self.reference or delivered
        check(delivered[1] == 12, f"{delivered[1]} frames instead of 12")
        check(delivered == self.reference, "the pixels are others than those of the first engine")
        root = shot.parent / "work/authority/root.pem"
        self.programs.run("verify", shot.parent / sample.OUTPUT, "--trust", root, "--registry", shot.parent / "work/registry")
        left = [path for path in shot.parent.rglob(".tmp-*") if "killed" not in str(shot)]
        check(not left, f"temporary names were left behind: {left}")


def shell(farm):
    shot = farm.shot("shell")
    farm.submit(shot, "shell")
    farm.check_delivery(shot)
    work = shot.parent / "work"
    farm.programs.run("merge", work / "faces/bruno/bruno", "-o", "whole.mkv", "--codec", "ffv1", "--frames", sample.FRAMES,
                      "--authority", work / "authority", "--registry", work / "registry", cwd=shot.parent)
    check(sample.pixels(shot.parent / "whole.mkv") == farm.reference, "parts have other pixels than a merge in one go")
    log = shot.parent / "jobs/logs/extract-bruno-bruno.2.log"
    before = log.stat().st_size
    parts = {path: path.stat().st_mtime_ns for path in (work / "parts").iterdir()}
    farm.submit(shot, "shell")  # again: every task finds its work done
    check(log.stat().st_size > before, "logs are appended to")
    check(parts == {path: path.stat().st_mtime_ns for path in (work / "parts").iterdir()}, "parts were merged again")
    farm.check_delivery(shot)


def parallel(farm):
    shot = farm.shot("parallel")
    jobs = farm.submit(shot, "parallel")
    farm.check_delivery(shot)
    tasks = [line.split("\t") for path in (jobs / "logs").glob("*.joblog") for line in path.read_text().splitlines()[1:]]
    check(len(tasks) == 20 and all(task[6] == "0" for task in tasks), f"20 tasks that ended well were expected: {tasks}")


class Slurm:
    """A cluster on this machine for as long as the block lasts."""

    def __init__(self, farm, name):
        self.script = farm.scripts / "farm/slurm-local.sh"
        self.environment = os.environ | {"SLURM_LOCAL_DIR": str(farm.folder / f"{name}-slurm"), "SLURM_LOCAL_CPUS": "1"}
        self.farm = farm

    def __enter__(self):
        started = subprocess.run([self.script, "start"], env=self.environment, capture_output=True, text=True, check=False)
        if started.returncode != 0:
            raise Lacking(f"Slurm does not start here: {started.stderr}")
        self.before = dict(self.farm.programs.environment)
        self.farm.programs.environment |= dict(re.findall(r"(\w+)=(\S+)", started.stdout))
        return self

    def __exit__(self, *_):
        self.farm.programs.environment = self.before
        subprocess.run([self.script, "stop"], env=self.environment, check=True)

    def tell(self, *words, may_fail=False):
        done = subprocess.run(words, env=self.farm.programs.environment, capture_output=True, text=True, check=False)
        check(may_fail or done.returncode == 0, f"{words}: {done.stderr}")
        return done.stdout

    def states(self, name=""):
        """State, restarts and number of every task of the newest jobs whose names end so."""
        found = {}
        for line in self.tell("scontrol", "-o", "show", "job").splitlines():
            fields = dict(word.partition("=")[::2] for word in line.split())
            if fields.get("JobName", "").endswith(name):
                task = fields.get("ArrayTaskId", "")
                number = f"{fields['ArrayJobId']}_{task}" if task else fields["JobId"]
                found[fields["JobName"], task] = (fields["JobState"], int(fields["Restarts"]), number)
        return found

    def wait_for_state(self, name, state, seconds=240):
        """The number of a task of that name in that state."""
        return wait_for(f"{name} {state}", lambda: next(
            (number for now, _, number in self.states(name).values() if now == state), None), seconds)

    def drain_queue(self, seconds=500):
        wait_for("an empty queue", lambda: not self.tell("squeue", "-h").strip(), seconds)


def slurm(farm):
    shot = farm.shot("slurm")
    with Slurm(farm, "slurm") as cluster:
        farm.submit(shot, "slurm")
        cluster.drain_queue()
        states = cluster.states()
        check(len({job for job, _ in states}) == 8, f"eight jobs were expected: {states}")
        check(all(state == "COMPLETED" for state, _, _ in states.values()), f"all completed: {states}")
    log = (shot.parent / "jobs/logs/train.log").read_text()
    check("2" in log, log)
    farm.check_delivery(shot)


def trained_iterations(shot):
    log = shot.parent / "work/model/log.jsonl"
    return len(log.read_text().splitlines()) if log.exists() else 0


def ranks_of(shot):
    """The processes of the training, by what they were started with."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                words = (entry / "cmdline").read_bytes().split(b"\0")
            except OSError:
                continue
            if words[0].endswith(b"/understudy-train") and str(shot.parent).encode() in b" ".join(words):
                found.append(int(entry.name))
    return found


def disturbed(farm):
    shot = farm.shot("disturbed-killed")
    with Slurm(farm, "disturbed") as cluster:
        jobs = farm.submit(shot, "slurm")
        extract = cluster.wait_for_state("extract-bruno-bruno", "RUNNING")
        cluster.tell("scancel", extract)
        # What waits for a task that was cancelled cannot come; what is left runs to its end.
        cluster.drain_queue()
        check(not (shot.parent / sample.OUTPUT).exists(), "nothing is delivered without the task")
        check(cluster.states("deliver")["sample_0010.deliver", ""][0] == "CANCELLED", "the delivery is given up")
        # The wrangler hands the same files over once more.
        first = int(cluster.tell("bash", jobs / "submit.sh").split()[0])
        requeued = cluster.wait_for_state("align-bruno-bruno", "RUNNING")
        cluster.tell("scontrol", "requeue", requeued)
        wait_for("the training", lambda: trained_iterations(shot) >= 3 and len(ranks_of(shot)) == 2)
        os.kill(max(ranks_of(shot)), signal.SIGKILL)
        wait_for("the training's restart", lambda: next(iter(cluster.states("train").values()))[1] >= 1)
        wait_for("the training again", lambda: len(ranks_of(shot)) == 2)
        # A job of more importance takes both nodes: the training saves, waits, and goes on.
        cluster.tell("sbatch", "--partition=rush", "--nodes=2", "--output=/dev/null", "--job-name=rush", "--wrap=sleep 3")
        wait_for("the training's second restart", lambda: next(iter(cluster.states("train").values()))[1] >= 2)
        converting = cluster.wait_for_state("convert-bruno", "RUNNING")
        cluster.tell("scontrol", "requeue", converting)
        cluster.wait_for_state("merge-bruno", "RUNNING")
        cluster.tell("scontrol", "update", "nodename=n2", "state=drain", "reason=a test")
        cluster.wait_for_state("deliver", "RUNNING")
        cluster.tell("scontrol", "update", "nodename=n2", "state=resume")
        cluster.drain_queue()
        newest = {key: value for key, value in cluster.states().items() if int(value[2].split("_")[0]) >= first}
        check(all(state == "COMPLETED" for state, _, _ in newest.values()), f"all completed in the end: {newest}")
        again = {key[0].partition(".")[2] for key, value in newest.items() if value[1] > 0}
        check({"align-bruno-bruno", "train", "convert-bruno"} <= again, f"these were to run again, {again} did")
    farm.check_delivery(shot)


STEPS = {"shell": shell, "parallel": parallel, "slurm": slurm, "disturbed": disturbed}


def lacking(step):
    wanted = {"parallel": ("parallel",), "slurm": SLURM_PROGRAMS, "disturbed": SLURM_PROGRAMS}.get(step, ())
    path = os.environ["PATH"] + ":/usr/sbin"
    return [program for program in wanted if not shutil.which(program, path=path)]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=pathlib.Path, required=True, help="folder of the programs")
    parser.add_argument("--data", type=pathlib.Path, required=True, help="folder with cast/")
    parser.add_argument("--scripts", type=pathlib.Path, required=True, help="the project's scripts/")
    parser.add_argument("--only", action="append", choices=[*STEPS], help="these steps alone; the shell's always comes first")
    options = parser.parse_args()
    steps = [name for name in STEPS if name == "shell" or not options.only or name in options.only]
    code = 0
    with tempfile.TemporaryDirectory(prefix="understudy-farm-") as scratch:
        farm = Farm(options, pathlib.Path(scratch))
        for step in steps:
            if lacking(step):
                print(f"skip {step}: not installed: {', '.join(lacking(step))}", flush=True)
                code = code or LACKING
                continue
            begin = time.monotonic()
            try:
                STEPS[step](farm)
                print(f"ok   {step} ({time.monotonic() - begin:.0f} s)", flush=True)
            except Lacking as reason:
                print(f"skip {step}: {reason}", flush=True)
                code = code or LACKING
            except (Failed, subprocess.CalledProcessError, SystemExit) as problem:
                code = 1
                print(f"FAIL {step} ({time.monotonic() - begin:.0f} s): {problem}", flush=True)
                for log in sorted((farm.folder).glob(f"{step}*/jobs/logs/*.log")):
                    print(f"---- {log.name}\n{log.read_text()[-1500:]}", flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main())
