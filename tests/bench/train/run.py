#!/usr/bin/env python3
"""Our training step against the same network in Python for PyTorch, in turns, on one problem. Prints a page of ratios (Markdown).

    tests/bench/train/run.py --bin build/bench/bin [--python /usr/bin/python3] [--threads 2] [--rounds 5] [--device cuda] [--json FILE]

--python: an interpreter that has the PyTorch to compare with; Debian's python3-torch is the one of the same libtorch.
"""
import argparse
import json
import os
import pathlib
import subprocess
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
# Preset, faces of each side in a step, steps a round after those that warm up; ten times as many on a GPU.
PROBLEMS = {"cpu": [("sketch", 8, 8), ("draft", 2, 4)], "cuda": [("draft", 16, 10), ("studio", 4, 10), ("studio", 8, 10), ("studio", 16, 10)]}
WARM_UP = 2
MODES = {"cpu": {"fp32": ["eager", "channels-last", "compile"], "bf16": ["bf16"]},
         "cuda": {"bf16": ["bf16", "bf16-channels-last", "bf16-compile"]}}


def answer(command, threads):
    """The JSON a program prints; None when it cannot run in this mode."""
    environment = os.environ | {name: str(threads) for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")}
    done = subprocess.run([str(part) for part in command], env=environment, stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def modes_of(python, precisions, device):
    """Of PyTorch: torch.compile came with 2.0, and not every build of it has a compiler for the CPU."""
    code = "import torch; f = torch.compile(lambda x: x + 1)" + ("; f(torch.ones(1))" if device == "cpu" else "")
    probe = subprocess.run([python, "-c", code], capture_output=True)
    return [mode for precision in precisions for mode in MODES[device][precision]
            if not mode.endswith("compile") or probe.returncode == 0]


class Result:
    """The quickest step of all rounds: others may use the machine too."""

    def __init__(self):
        self.rounds, self.losses = [], []

    def add(self, given):
        self.rounds.append((min(given["seconds"][WARM_UP:]), given["cpu_seconds"]))
        self.losses = given["losses"]

    @property
    def seconds(self):
        return min(wall for wall, _ in self.rounds)

    @property
    def cpu_seconds(self):
        return min(cpu for _, cpu in self.rounds)


def compare(args, preset, batch, steps, folder):
    steps += WARM_UP
    ours, theirs, facts = {}, {}, {}
    for _ in range(args.rounds):
        for precision in args.precisions:
            given = answer([args.bin / "understudy_train_bench", preset, batch, steps, args.threads, precision, args.device, folder], args.threads)
            ours.setdefault(precision, Result()).add(given)
            fact = facts.setdefault(precision, {"flops": given["step_flops"], "peak": 0})
            fact["peak"] = max(fact["peak"], given["peak_flops"])
        for mode in args.modes:
            theirs.setdefault(mode, Result()).add(
                answer([args.python, HERE / "reference.py", folder, steps, args.threads, mode, args.device], args.threads))
    return ours, theirs, facts


def deviation(a, b):
    return abs(a - b) / max(abs(b), 1e-9)


def rows(ours, theirs, facts, modes):
    """What is printed of one problem, and what is wrong with it."""
    table, wrong = [], []
    for precision, own in ours.items():
        fact = facts[precision]
        table.append({"program": f"ours, {precision}", "ms": own.seconds * 1e3, "cpu_ms": own.cpu_seconds * 1e3,
                      "of_peak": fact["flops"] / own.seconds / fact["peak"], "ratio": None,
                      "first": own.losses[0], "last": own.losses[-1]})
        for mode in modes[precision]:
            if mode not in theirs:
                continue
            other = theirs[mode]
            table.append({"program": f"PyTorch, {mode}", "ms": other.seconds * 1e3, "cpu_ms": other.cpu_seconds * 1e3,
                          "of_peak": fact["flops"] / other.seconds / fact["peak"], "ratio": other.seconds / own.seconds,
                          "first": other.losses[0], "last": other.losses[-1]})
            allowed = 1e-3 if precision == "fp32" else 2e-2
            if deviation(own.losses[0], other.losses[0]) > allowed:
                wrong.append(f"the first losses of {precision} and {mode} are {own.losses[0]:.5f} and {other.losses[0]:.5f}")
            if deviation(own.losses[-1], other.losses[-1]) > 2e-2:
                wrong.append(f"the last losses of {precision} and {mode} are {own.losses[-1]:.5f} and {other.losses[-1]:.5f}")
    return table, wrong


def print_page(preset, batch, facts, table):
    fact = next(iter(facts.values()))
    print(f"\n### `{preset}`, {batch} faces of each side: {fact['flops'] / 1e9:.1f} GFLOP a step, "
          f"products at {fact['peak'] / 1e9:.0f} GFLOP/s\n")
    print("| program | ms a step | CPU ms | of peak | ours is quicker | first loss | last loss |")
    print("|---|---|---|---|---|---|---|")
    for row in table:
        ratio = f"{row['ratio']:.2f} times" if row["ratio"] else "–"
        print(f"| {row['program']} | {row['ms']:.1f} | {row['cpu_ms']:.1f} | {row['of_peak']:.2f} | {ratio} | "
              f"{row['first']:.5f} | {row['last']:.5f} |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--python", default="/usr/bin/python3")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--device", choices=list(PROBLEMS), default="cpu")
    parser.add_argument("--only", help="a preset and a batch, such as studio/4")
    parser.add_argument("--modes", nargs="+", help="of PyTorch; all that there are by default")
    parser.add_argument("--json", type=pathlib.Path, help="writes the rows here too")
    args = parser.parse_args()
    if args.device == "cuda":
        args.precisions = ["bf16"]
    else:
        has_bf16 = "avx512_bf16" in pathlib.Path("/proc/cpuinfo").read_text()
        args.precisions = ["fp32", "bf16"] if has_bf16 else ["fp32"]
    args.modes = args.modes or modes_of(args.python, args.precisions, args.device)
    print(f"{args.threads} threads, {args.rounds} rounds in turns, load before: {os.getloadavg()[0]:.1f}")
    results, wrong = {}, []
    for preset, batch, steps in PROBLEMS[args.device]:
        if args.only not in (None, f"{preset}/{batch}"):
            continue
        with tempfile.TemporaryDirectory() as folder:
            ours, theirs, facts = compare(args, preset, batch, steps, pathlib.Path(folder))
        results[f"{preset}/{batch}"], found = rows(ours, theirs, facts, MODES[args.device])
        wrong += [f"{preset}/{batch}: {what}" for what in found]
        print_page(preset, batch, facts, results[f"{preset}/{batch}"])
    if args.json:
        args.json.write_text(json.dumps(results, indent=2) + "\n")
    for sentence in wrong:
        print("Not the same problem: " + sentence, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
