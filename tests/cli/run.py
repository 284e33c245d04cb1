#!/usr/bin/env python3
"""Runs the programs as a user does and checks exit codes, output, messages and what is left on disk.

    run.py --bin build/release/bin --data tests/data [--only PATTERN] [--jobs N] [--list]

A line for each case, what failed once more at the end, and a closing one; the exit code is 1 when a case fails. To
add one: a function case_NAME(trial) in a file of cases/, or a row in one of the tables there.
"""

import argparse
import concurrent.futures
import importlib
import os
import pathlib
import re
import resource
import shutil
import sys
import tempfile
import time
import traceback

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

from trial import Failed, House, Trial  # noqa: E402

# What a Trial left on purpose: a killed program's temporary folder.
MAY_LEAVE = "killed"


def all_cases():
    """Names and functions: case_NAME of every module, and the rows that its cases() gives."""
    found = {}
    for path in sorted((HERE / "cases").glob("*.py")):
        module = importlib.import_module(f"cases.{path.stem}")
        rows = list(module.cases()) if hasattr(module, "cases") else []
        rows += [(name[5:], function) for name, function in vars(module).items() if name.startswith("case_")]
        for name, function in rows:
            full = f"{path.stem}.{name}"
            if full in found:
                sys.exit(f"two cases are named {full}")
            found[full] = function
    return found


def run_case(house, name, function, folder):
    """What went wrong, or nothing; and how long it took."""
    begin = time.monotonic()
    problem = None
    try:
        trial = Trial(house, folder / re.sub(r"[^\w.-]", "_", name))
        function(trial)
        if MAY_LEAVE not in name:
            trial.no_leftovers()
        shutil.rmtree(trial.folder, ignore_errors=True)  # all together take ten gigabytes
    except Failed as e:
        problem = str(e)
    except Exception:
        problem = traceback.format_exc()
    return problem, time.monotonic() - begin


def tell(name, problem, seconds=None):
    print(f"{'FAIL' if problem else 'ok  '} {name}" + (f" ({seconds:.1f} s)" if seconds is not None else ""), flush=True)
    if problem:
        print("     " + problem.strip().replace("\n", "\n     "), flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=pathlib.Path, required=True, help="folder of the programs")
    parser.add_argument("--data", type=pathlib.Path, required=True, help="folder with cast/")
    parser.add_argument("--only", default="", help="regular expression: cases whose name it is found in")
    parser.add_argument("--jobs", type=int, default=1, help="cases at once")
    parser.add_argument("--patience", type=float, default=1, help="how many times longer all may take, for sanitizers")
    parser.add_argument("--list", action="store_true", help="print the names and stop")
    options = parser.parse_args()
    cases = {name: function for name, function in all_cases().items() if re.search(options.only, name)}
    if not cases:
        sys.exit(f"no case fits '{options.only}'")
    if options.list:
        print("\n".join(cases))
        return 0

    failed = {}
    begin = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="understudy-cli-") as scratch:
        folder = pathlib.Path(scratch)
        house = House(options.bin.resolve(), options.data.resolve(), folder / "shared", options.patience)
        with concurrent.futures.ThreadPoolExecutor(max(1, options.jobs)) as pool:
            running = {name: pool.submit(run_case, house, name, function, folder) for name, function in cases.items()}
            for name, future in running.items():
                problem, seconds = future.result()
                if problem:
                    failed[name] = problem
                tell(name, problem, seconds)
    for name, problem in failed.items():
        tell(name, problem)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"{len(cases) - len(failed)} of {len(cases)} cases passed in {time.monotonic() - begin:.0f} s "
          f"({used.ru_utime + used.ru_stime:.0f} s of processor time)")
    return 1 if failed else 0


if __name__ == "__main__":
    os.umask(0o022)
    sys.exit(main())
