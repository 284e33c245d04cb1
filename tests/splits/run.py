#!/usr/bin/env python3
"""Splits a shot into jobs in ways that a seed draws, and compares all that is left with a run in one go.

    run.py --bin build/release/bin --data tests/data [--seeds N] [--only PATTERN]

A trial takes a shot, of pictures or a video, through extract, align, convert and merge: each stage in parts of a drawn kind and size, in
any order, on 1 to 4 threads, some side by side, some twice, some stopped or killed and run again. Afterwards records, people and pictures
of the dataset are those of a run in one go, byte for byte, and so are the merged pictures, or the samples of the merged video. What names
one run is left out: a shard's id and which frames lie in one shard. The exit code is 1 when a trial fails; --only KIND.SEED repeats one.
"""

import argparse
import json
import pathlib
import random
import re
import shutil
import sys
import tempfile
import time
import traceback

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), *(str(HERE.parent / folder) for folder in ("cli", "farm", "fault"))]

import sample  # noqa: E402
from parts import Splits  # noqa: E402
from stages import digest, files_below  # noqa: E402
from trial import Failed, House, Trial  # noqa: E402

FRAMES = 32
OPTIONS_OF_THE_SHARD = ("people", "overrides", "align", "faces")  # digests over those of its frames
LOOKS = {
    "default": [],
    "alone": ["--steady", "0", "--texture", "grain"],
    "long": ["--steady", "6", "--texture", "motion-blur,sharpness,grain", "--color", "reinhard", "--seed", "7"],
    "drawn": ["--color", "mix", "--blend", "poisson", "--bridge", "6"],
    "auto": ["--color", "auto", "--texture", "none"],
}


class Pictures:
    """Numbered so that shards of a hundred frames cut it."""

    def make(self, house, folder):
        (folder / "plate").mkdir()
        Trial(house, folder / "making").ffmpeg(
            "-i", house.data / "cast/crossing.mp4", "-vf", f"select=between(n\\,36\\,{36 + FRAMES - 1})", "-vsync", "0",
            "-start_number", "90", folder / "plate/plate.%06d.png")
        return folder / "plate/plate.######.png", f"90-{90 + FRAMES - 1}"

    def merge(self, run, dataset, look, frames):
        run(("merge", dataset, "-o", "out/######.png", "--frames", frames, *look), False)

    def merged(self, trial):
        return {name: digest(path.read_bytes()) for name, path in files_below(trial / "out").items() if name.endswith(".png")}


class Video:
    """Its merge is delivered from parts."""

    def make(self, house, folder):
        return house.data / "cast/crossing.mp4", f"40-{40 + FRAMES - 1}"

    def merge(self, run, dataset, look, frames):
        command = ("merge", dataset, "-o", "out.mkv", "--codec", "ffv1", "--frames", frames, *look)
        run(run.in_parts(command), False)
        run.deliver(run.in_parts(command))

    def merged(self, trial):
        return sample.pixels(trial / "out.mkv")


KINDS = {"pictures": Pictures(), "video": Video()}


def contents(dataset):
    """All that the dataset holds, by source and file; what shards hold together, apart from how it is shared out among them."""
    out, frames = {}, {}
    for name, path in files_below(dataset).items():
        folder, is_of_shard = path.parent, (path.parent / "shard.json").exists()
        place = str(folder.parent.relative_to(dataset) if is_of_shard else folder.relative_to(dataset))
        if path.name == "shard.json":
            shard = json.loads(path.read_text())
            done = [frame for first, last in shard["frames"] for frame in range(first, last + 1)]
            frames.setdefault(place, []).extend(done)
            options = {key: value for key, value in shard["options"].items() if key not in OPTIONS_OF_THE_SHARD}
            out.setdefault(f"{place} options", set()).add(json.dumps(options))
            out.setdefault(f"{place} failures", []).extend(map(json.dumps, shard["failures"]))
        elif path.name == "faces.jsonl":
            for line in path.read_text().splitlines():
                record = json.loads(line)
                out[f"{place} record {record['frame']} {record['face']}"] = line
        else:
            out[f"{place}/{path.name}"] = digest(path.read_bytes())
    return out | {f"{place} frames": sorted(numbers) for place, numbers in frames.items()}


def differing(one, other):
    return sorted(key for key in one.keys() | other.keys() if one.get(key) != other.get(key))


class InOneGo:
    """Runs a stage's command as it is."""

    def __init__(self, trial):
        self.trial, self.log = trial, []

    def __call__(self, command, mixed):
        self.trial.run(*command, "--threads", "2", out=None)

    def in_parts(self, command):
        return command

    def deliver(self, command):
        pass


class InParts:
    """Runs it in parts."""

    def __init__(self, trial, draw):
        self.trial, self.splits = trial, Splits(trial, draw)
        self.log = self.splits.log

    def __call__(self, command, mixed):
        self.splits.run(command, FRAMES, mixed)

    def in_parts(self, command):
        return (*command, "--parts", "parts")

    def deliver(self, command):
        self.trial.run(*command, out=None)


class Shot:
    """A kind of plate, a model for its people, and what a run in one go leaves."""

    def __init__(self, house, folder, kind):
        self.house, self.folder, self.kind = house, folder, KINDS[kind]
        folder.mkdir()
        self.plate, self.frames = self.kind.make(house, folder)
        house.make("consent", "new", "--subject", "two", "--role", "performer", "--basis", "synthetic", "-o", folder / "two.toml")
        self.model = folder.parent / "model"
        if not self.model.exists():
            aligned = house.shared("aligned")
            house.make("train", "--likeness", aligned / "ada", "--performer", aligned / "bruno", "-m", self.model,
                       "--preset", house.data / "presets/two_ranks.toml", "--iterations", "3", "--batch", "2")
        self.undisturbed, self.merged = Trial(house, folder / "undisturbed"), {}
        run = InOneGo(self.undisturbed)
        for command, _ in self.dataset_stages():
            run(command, False)
        self.contents = contents(self.undisturbed / "faces")

    def dataset_stages(self):
        """Commands, and whether jobs of several splits may share the work."""
        yield ("extract", self.plate, "-o", "faces", "--consent", self.folder / "two.toml", "--source", "plate",
               "--min-face", "40", "--frames", self.frames), True
        yield ("align", "faces", "--frames", self.frames), True
        yield ("convert", "faces", "-m", self.model, "--batch", "3", "--frames", self.frames), True

    def merged_in_one_go(self, look):
        if look not in self.merged:
            self.kind.merge(InOneGo(self.undisturbed), "faces", LOOKS[look], self.frames)
            self.merged[look] = self.kind.merged(self.undisturbed)
        return self.merged[look]

    def compare(self, trial, stage):
        here = contents(trial / "faces")
        there = {key: value for key, value in self.contents.items() if key.split("/")[0] in {k.split("/")[0] for k in here}}
        if other := differing(here, there):
            first = other[0]
            raise Failed(f"{stage} leaves something else than in one go: {len(other)} differ: {other[:20]}\n"
                         f"{first}:\n  {here.get(first)}\n  {there.get(first)}")

    def try_once(self, seed, name):
        draw, trial = random.Random(name), Trial(self.house, self.folder / f"trial-{seed}")
        run = InParts(trial, draw)
        try:
            for command, mixed in self.dataset_stages():
                run(command, mixed)
                self.compare(trial, command[0])
            look = list(LOOKS)[(seed + len(self.folder.name)) % len(LOOKS)]
            self.kind.merge(run, "faces", LOOKS[look], self.frames)
            if self.kind.merged(trial) != self.merged_in_one_go(look):
                raise Failed(f"merge with the look '{look}' leaves something else than in one go")
        except Failed as e:
            raise Failed(f"{e}\nafter\n  " + "\n  ".join(run.log)) from None
        shutil.rmtree(trial.folder)
        return look


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=pathlib.Path, required=True)
    parser.add_argument("--data", type=pathlib.Path, required=True)
    parser.add_argument("--seeds", type=int, default=1, help="trials of each kind of shot")
    parser.add_argument("--only", default="", help="regular expression: trials whose name it is found in")
    options = parser.parse_args()
    trials = [(kind, seed) for seed in range(options.seeds) for kind in KINDS if re.search(options.only, f"{kind}.{seed}")]
    if not trials:
        sys.exit(f"no trial fits '{options.only}'")
    begin, failed, shots = time.monotonic(), [], {}
    with tempfile.TemporaryDirectory(prefix="understudy-splits-") as scratch:
        scratch = pathlib.Path(scratch)
        house = House(options.bin.resolve(), options.data.resolve(), scratch / "shared")
        for kind, seed in trials:
            name = f"{kind}.{seed}"
            try:
                if kind not in shots:
                    shots[kind] = Shot(house, scratch / kind, kind)
                print(f"ok   {name}: {shots[kind].try_once(seed, name)}, {time.monotonic() - begin:.0f} s", flush=True)
            except Exception as e:
                failed.append(name)
                print(f"FAIL {name}\n     " + (str(e) if isinstance(e, Failed) else traceback.format_exc()).replace("\n", "\n     "),
                      flush=True)
    print(f"{len(trials) - len(failed)} of {len(trials)} splits gave the same bytes in {time.monotonic() - begin:.0f} s"
          + (f"; not: {' '.join(failed)}" if failed else ""))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
