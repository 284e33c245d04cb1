#!/usr/bin/env python3
"""Plants damaged bytes into a dataset that all stages have worked on: `understudy-faces check` must find every one.

    damage.py --bin build/release/bin --data tests/data [--seeds N]

Each kind of file gets its share of the seeds. The exit code is 1 at the first that is not found, or whose file is not named.
"""

import argparse
import pathlib
import random
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "cli"))

from trial import LEFTOVER, House, Trial  # noqa: E402


def plant(path, draw):
    """Turns one bit over; gives what the file was."""
    whole = path.read_bytes()
    damaged = bytearray(whole)
    damaged[draw.randrange(len(damaged))] ^= 1 << draw.randrange(8)
    path.write_bytes(damaged)
    return whole


def find_planted(trial, seeds):
    """One byte after the other: in every kind of file equally often."""
    trial.copy("converted")
    dataset = trial / "bruno"
    trial.ffmpeg("-f", "lavfi", "-i", "color=white:s=256x256", "-frames:v", 1, "-pix_fmt", "gray", "white.png")
    trial.run("faces", "edit", dataset, "--frame", 5, "--face", 0, "--mask", "white.png", "--identity", "Bruno", out=None)
    kinds = {}
    for path in sorted(path for path in dataset.rglob("*") if path.is_file() and LEFTOVER not in path.name):
        kinds.setdefault((path.relative_to(dataset).parts[0], path.name if path.suffix != ".png" else path.suffixes[0]), []).append(path)
    trial.run("faces", "check", dataset, out=None)
    for seed in range(seeds):
        draw = random.Random(f"damage {seed}")
        path = draw.choice(kinds[list(kinds)[seed % len(kinds)]])
        whole = plant(path, draw)
        done = trial.start("faces", "check", dataset)
        said = "".join(done.communicate(timeout=60))
        trial.check(done.returncode in (3, 4, 6), f"seed {seed}: {path} was not found to be damaged: {said}")
        trial.check(path.name in said or path.parent.name in said, f"seed {seed}: {path} is not named: {said}")
        path.write_bytes(whole)
    trial.run("faces", "check", dataset, out=None)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--data", type=pathlib.Path, required=True)
    parser.add_argument("--seeds", type=int, default=40)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="understudy-damage-") as scratch:
        house = House(options.bin.resolve(), options.data.resolve(), pathlib.Path(scratch) / "shared")
        find_planted(Trial(house, pathlib.Path(scratch) / "damage"), options.seeds)
    print(f"{options.seeds} damaged bytes were found")


if __name__ == "__main__":
    main()
