#!/usr/bin/env python3
"""Makes things go wrong in the middle of every stage, and checks that nothing is lost.

    run.py --bin build/release/bin --faults build/release/tests/fault/libunderstudy_faults.so --data tests/data
           [--seeds N] [--only PATTERN] [--jobs N]

Each trial runs a stage with one fault at a moment that its seed draws: a change or read that goes wrong (faults.cpp), a second process that
does the same, a shard of what is read that disappears. Then:
  - the exit code is the fault's, and there is a sentence and no crash;
  - what stands under a final name is what an undisturbed run leaves there, byte for byte;
  - the same command again completes, and leaves what an undisturbed run leaves.
The exit code is 1 when a trial fails. A trial is repeated by --only STAGE.KIND.SEED.
"""

import argparse
import collections
import concurrent.futures
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), str(HERE.parent / "cli")]

from stages import STAGES  # noqa: E402
from trial import CRASH, LEFTOVER, Failed, House, Trial  # noqa: E402

CHANGES, READS = 0, 1


def preloaded(kind, drawn_from):
    """One change or read goes wrong inside the program."""
    def disturb(bench, trial, name, command, draw):
        at = draw.randint(1, max(1, bench.undisturbed[name].counts[drawn_from]))
        done = bench.run(trial, command, UNDERSTUDY_FAULT=f"{kind}:{at}")
        return done.returncode, f"{kind}:{at}, exit code {done.returncode}: {done.stderr}"
    return disturb


def two_writers(bench, trial, name, command, draw):
    """The second one starts a little later; one of them may say that the other is at it."""
    first = bench.start(trial, command)
    time.sleep(draw.uniform(0, 0.5) * bench.undisturbed[name].seconds)
    second = bench.run(trial, command)
    said = first.communicate(timeout=300)[1]
    trial.check(0 in (first.returncode, second.returncode), f"neither came to its end: {said} {second.stderr}")
    return max(first.returncode, second.returncode), f"{first.returncode}, {second.returncode}: {said} {second.stderr}"


def input_gone(bench, trial, name, command, draw):
    """A shard of the dataset that is read disappears, and is there again afterwards."""
    shard = STAGES[name].shard_read(trial)
    away = trial.folder.parent / f"{trial.folder.name}-away"
    running = bench.start(trial, command)
    time.sleep(draw.uniform(0, 1) * bench.undisturbed[name].seconds)
    shard.rename(away)
    said = running.communicate(timeout=300)[1]
    away.rename(shard)
    return running.returncode, f"exit code {running.returncode}: {said}"


Fault = collections.namedtuple("Fault", "disturb codes leaves_temporaries")
Undisturbed = collections.namedtuple("Undisturbed", "left counts seconds")
FAULTS = {
    "kill": Fault(preloaded("kill", CHANGES), (-signal.SIGKILL, 0), True),
    "full": Fault(preloaded("full", CHANGES), (5, 6), False),
    "once": Fault(preloaded("once", CHANGES), (0, 3, 5, 6), True),  # what fails may be a removal
    "read-only": Fault(preloaded("read-only", CHANGES), (0, 5, 6), True),
    "short-read": Fault(preloaded("short-read", READS), (0,), False),
    "clock": Fault(preloaded("clock", CHANGES), (0,), False),
    "two-writers": Fault(two_writers, (0, 5), False),
    "input-gone": Fault(input_gone, (0, 3, 5), False),
}


class Bench:
    """The programs with the faults, and what each stage leaves where nothing goes wrong."""

    def __init__(self, options, folder):
        self.house = House(options.bin.resolve(), options.data.resolve(), folder / "shared")
        self.faults, self.folder = options.faults.resolve(), folder
        self.undisturbed = {}

    def environment(self, folder, **more):
        return self.house.environment | {"LD_PRELOAD": str(self.faults), "UNDERSTUDY_FAULT_BELOW": str(folder),
                                         "OMP_NUM_THREADS": "1"} | more

    def start(self, trial, command, **more):
        return subprocess.Popen([self.house.bin / f"understudy-{command[0]}", *map(str, command[1:])], cwd=trial.folder, text=True,
                                errors="replace", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                env=self.environment(trial.folder, **more))

    def run(self, trial, command, **more):
        process = self.start(trial, command, **more)
        out, err = process.communicate(timeout=300)
        return subprocess.CompletedProcess(command, process.returncode, out, err)

    def prepare(self, name):
        """Runs the stage without a fault: what it leaves, how many changes and reads it makes, and how long it takes."""
        trial, count = Trial(self.house, self.folder / f"{name}-undisturbed"), self.folder / f"{name}.count"
        command, begin = STAGES[name].begin(trial), time.monotonic()
        done = self.run(trial, command, UNDERSTUDY_FAULT_COUNT=str(count))
        if done.returncode != 0:
            raise Failed(f"{name} fails without a fault: {done.stderr}")
        self.undisturbed[name] = Undisturbed(STAGES[name].left(trial), [int(n) for n in count.read_text().split()],
                                             time.monotonic() - begin)


def leftovers(trial):
    return [str(path) for path in trial.folder.rglob("*") if LEFTOVER in path.name]


def try_once(bench, name, kind, seed):
    """The exit code that the fault led to."""
    stage, fault, whole = STAGES[name], FAULTS[kind], bench.undisturbed[name].left
    trial = Trial(bench.house, bench.folder / f"{name}.{kind}.{seed}")
    command = stage.begin(trial)
    code, said = fault.disturb(bench, trial, name, command, random.Random(f"{name}.{kind}.{seed}"))
    trial.check(code in fault.codes, f"one of {fault.codes} was expected: {said}")
    trial.check(not CRASH.search(said), f"a crash or a bug's message: {said}")
    trial.check(code <= 0 or re.search(r"understudy-\w+: \S|warning: \S|error: \S", said), f"no sentence: {said}")
    trial.check(fault.leaves_temporaries or not leftovers(trial), f"{leftovers(trial)} were left behind: {said}")
    for path, digest in stage.left(trial).items():
        trial.check(path in whole or path in stage.passing, f"{path} is not what an undisturbed run leaves: {said}")
        trial.check(path in stage.passing or whole[path] == digest, f"{path} is another than an undisturbed run leaves: {said}")
    again = bench.run(trial, command)
    trial.check(again.returncode == 0, f"the rerun gives {again.returncode} after {said}: {again.stderr}")
    left = stage.left(trial)
    trial.check(left == whole, f"the rerun leaves something else in {sorted(p for p in left.keys() | whole.keys() if left.get(p) != whole.get(p))} "
                               f"after {said}")
    shutil.rmtree(trial.folder, ignore_errors=True)
    return code


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--faults", type=pathlib.Path, required=True)
    parser.add_argument("--data", type=pathlib.Path, required=True)
    parser.add_argument("--seeds", type=int, default=1, help="trials for each stage and kind of fault")
    parser.add_argument("--only", default="", help="regular expression: trials whose name it is found in")
    parser.add_argument("--jobs", type=int, default=1)
    options = parser.parse_args()
    trials = [(stage, kind, seed) for seed in range(options.seeds) for stage in STAGES for kind in FAULTS
              if (kind != "input-gone" or STAGES[stage].shard_read) and re.search(options.only, f"{stage}.{kind}.{seed}")]
    if not trials:
        sys.exit(f"no trial fits '{options.only}'")
    begin, failed, codes = time.monotonic(), [], collections.Counter()
    with tempfile.TemporaryDirectory(prefix="understudy-fault-") as scratch:
        bench = Bench(options, pathlib.Path(scratch))
        for name in dict.fromkeys(stage for stage, _, _ in trials):
            bench.prepare(name)
        with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
            for trial, future in [(trial, pool.submit(try_once, bench, *trial)) for trial in trials]:
                name = ".".join(map(str, trial))
                try:
                    code = future.result()
                    codes[trial[1], code] += 1
                    print(f"ok   {name}: {code}", flush=True)
                except Exception as e:
                    failed.append(name)
                    problem = str(e) if isinstance(e, Failed) else traceback.format_exc()
                    print(f"FAIL {name}\n     " + problem.strip().replace("\n", "\n     "), flush=True)
    for (kind, code), count in sorted(codes.items()):
        print(f"{kind}: {count} times exit code {code}")
    print(f"{len(trials) - len(failed)} of {len(trials)} faults survived in {time.monotonic() - begin:.0f} s"
          + (f"; not: {' '.join(failed)}" if failed else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
