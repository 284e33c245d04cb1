#!/usr/bin/env python3
"""How much memory each stage takes: whether it is what the program expects, grows with the plate's length, and keeps to --memory.

    memory.py --bin build/release/bin --data tests/data [--short]

Prints the table of docs/memory.md. The exit code is 1 when
  - a run takes more than a quarter more than it expects, or less than a third of that;
  - the memory grows by more than GROWTH bytes for each further frame, which its record may take, but no picture
    (and NOISE: what the allocator's gaps between blocks differ by from plate to plate);
  - a run under --memory takes more than a tenth more than it was given, or its result is another.
--short leaves out the largest frames and most of the long clip.
"""

import argparse
import hashlib
import json
import pathlib
import subprocess
import sys
import tempfile

sys.dont_write_bytecode = True
HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "farm"))

from sample import Programs, pixels  # noqa: E402

MB = 1e6
GROWTH, NOISE = 16_000, 60e6
FRAMES = 40
EXTENSIONS = {"h264": ".mov", "ffv1": ".mkv", "png": "-pictures"}
STAGES = ("extract", "align", "convert", "merge")


def make_clip(path, cast, width, height, frames):
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-stream_loop", "-1", "-i", cast / "bruno.mp4", "-an", "-vf",
                    f"scale={height}:{height},pad={width}:{height}:(ow-iw)/2:0", "-frames:v", str(frames), "-c:v", "libx264",
                    "-preset", "ultrafast", "-crf", "16", path], check=True)


def samples_digest(folder):
    """Of every picture's samples below it, in the order of names."""
    paths = sorted(path for path in folder.rglob("*.png"))
    return hashlib.sha256("".join(pixels(path)[0] for path in paths).encode()).hexdigest()


class Bench:
    def __init__(self, programs, cast, folder):
        self.programs, self.cast, self.folder, self.failures = programs, cast, folder, []
        for name, role in (("ada", "likeness"), ("bruno", "performer")):
            programs.run("consent", "new", "--subject", name, "--role", role, "--basis", "synthetic", "-o", folder / f"{name}.toml")
        self.model = folder / "model"
        sides = []
        for name in ("ada", "bruno"):
            programs.run("extract", cast / f"{name}.mp4", "-o", folder / name, "--consent", folder / f"{name}.toml", "--frames", "0-59x4")  # enough to know heads by
            programs.run("align", folder / name)
            sides.append(folder / name)
        self.training = self.measure("train", "--likeness", sides[0], "--performer", sides[1], "-m", self.model, "--preset", "sketch",
                                     "--iterations", "12", "--threads", "2")

    def check(self, holds, sentence):
        if not holds:
            self.failures.append(sentence)
            print(f"FAILED: {sentence}")

    def measure(self, name, *words):
        """What the report says of memory, in bytes."""
        report = self.folder / "report.json"
        self.programs.run(name, *words, "--report", report)
        return json.loads(report.read_text())["memory"]

    def run(self, stage, dataset, clip, threads, *more, frames=None, codec="h264"):
        more = (*more, "--threads", threads) + (("--frames", frames) if frames else ())
        if stage == "extract":
            return self.measure("extract", clip, "-o", dataset, "--consent", self.folder / "bruno.toml", *more)
        if stage == "align":
            return self.measure("align", dataset, *more)
        if stage == "convert":
            return self.measure("convert", dataset, "-m", self.model, *more)
        output = self.folder / f"{dataset.name}{EXTENSIONS[codec]}"
        return self.measure("merge", dataset, "-o", output, "--codec", codec, *more) | {"output": output}

    def pipeline(self, clip, threads, codecs=("h264",)):
        """Each stage's memory, by its name."""
        dataset = self.folder / f"{clip.stem}-{threads}"
        out = {stage: self.run(stage, dataset, clip, threads) for stage in STAGES[:3]}
        return out | {f"merge, {codec}": self.run("merge", dataset, clip, threads, "--label", "none", codec=codec) for codec in codecs}


def check_expectations(bench, sizes):
    print("| stage | " + " | ".join(f"{w}x{h}, {t} thread{'s' if t > 1 else ''}" for w, h in sizes for t in (1, 4)) + " |")
    print("|---" * (1 + 2 * len(sizes)) + "|")
    columns = []
    for width, height in sizes:
        clip = bench.folder / f"size{height}.mp4"
        make_clip(clip, bench.cast, width, height, FRAMES)
        for threads in (1, 4):
            small = bench.run("extract", bench.folder / f"small{height}-{threads}", clip, threads, "--min-face", "32")
            columns.append({"extract, --min-face 32": small} | bench.pipeline(clip, threads, ("png", "h264", "ffv1")))
    for stage in columns[0]:
        print(f"| {stage} | " + " | ".join(f"{c[stage]['peak'] / MB:.0f} ({c[stage]['expected'] / MB:.0f})" for c in columns) + " |")
        for column in columns:
            peak, expected = column[stage]["peak"], column[stage]["expected"]
            bench.check(expected / 3 < peak < 1.25 * expected, f"{stage} took {peak / MB:.0f} MB, expected {expected / MB:.0f}")
    peak, expected = bench.training["peak"], bench.training["expected"]
    print(f"train, sketch: {peak / MB:.0f} ({expected / MB:.0f})")
    bench.check(expected / 3 < peak < 1.25 * expected, f"train took {peak / MB:.0f} MB, expected {expected / MB:.0f}")


def check_flatness(bench, short, long):
    peaks = {}
    for frames in (short, long):
        clip = bench.folder / f"long{frames}.mp4"
        make_clip(clip, bench.cast, 320, 240, frames)
        peaks[frames] = bench.pipeline(clip, 2)
    for stage, small in peaks[short].items():
        more = peaks[long][stage]["peak"] - small["peak"]
        print(f"{stage}: {small['peak'] / MB:.0f} MB of {short} frames, {peaks[long][stage]['peak'] / MB:.0f} of {long}: "
              f"{more / (long - short) / 1000:.1f} kB a frame")
        bench.check(more < NOISE + GROWTH * (long - short), f"{stage} grows by {more / (long - short):.0f} bytes a frame")


def check_limits(bench, width, height):
    """Half as much at once."""
    clip = bench.folder / f"limit{height}.mp4"
    make_clip(clip, bench.cast, width, height, FRAMES)
    free, bound = bench.folder / "free", bench.folder / "bound"
    for stage in STAGES:
        all_at_once = bench.run(stage, free, clip, 4, codec="png")
        limit = all_at_once["fixed"] + all_at_once["each"] * (all_at_once["at_once"] + 1) // 2
        kept = bench.run(stage, bound, clip, 4, "--memory", limit, codec="png")
        print(f"{stage} with --memory {limit}: {kept['at_once']} {kept['things']} instead of {all_at_once['at_once']}, "
              f"{kept['peak'] / MB:.0f} MB instead of {all_at_once['peak'] / MB:.0f}")
        bench.check(kept["at_once"] < all_at_once["at_once"], f"{stage} does as much at once")
        bench.check(kept["peak"] < 1.1 * limit, f"{stage} took {kept['peak'] / MB:.0f} MB of {limit / MB:.0f}")
        folders = [run["output"] for run in (all_at_once, kept)] if stage == "merge" else (free, bound)
        bench.check(len({samples_digest(folder) for folder in folders}) == 1, f"{stage}: the result is another")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--bin", required=True, type=pathlib.Path)
    parser.add_argument("--data", required=True, type=pathlib.Path)
    parser.add_argument("--short", action="store_true")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Programs(arguments.bin), arguments.data / "cast", pathlib.Path(folder))
        check_expectations(bench, [(480, 480), (1920, 1080)] + ([] if arguments.short else [(3840, 2160)]))
        # The first hundreds of frames fill what the allocator keeps.
        check_flatness(bench, *((200, 600) if arguments.short else (800, 4000)))
        check_limits(bench, 1920, 1080)
    return 1 if bench.failures else 0


if __name__ == "__main__":
    sys.exit(main())
