#!/usr/bin/env python3
"""Times whole programs on the bundled 480-pixel clip and prints what it finds as JSON.

    end_to_end.py --bin DIR [--model-dir DIR] [--threads N] [--repetitions N]

extract+align: wall clock of both programs, one after the other, start-up included.
merge: wall clock against the program ffmpeg, which decodes and encodes the same clip with the same settings. The two
take turns, so that both see the same machine. Besides the clip it is made 1920 pixels wide, once clean and once with grain.
"""

import argparse
import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

CAST = Path(__file__).resolve().parent.parent / "data" / "cast"
FRAMES = 60
QUALITY, PRESET = "18", "medium"


def seconds_of(*commands):
    start = time.monotonic()
    for command in commands:
        subprocess.run([str(part) for part in command], check=True, stdout=subprocess.DEVNULL)
    return time.monotonic() - start


class Programs:
    def __init__(self, folder, threads):
        self.folder, self.threads = folder, str(threads)

    def __call__(self, name, *arguments):
        return [self.folder / f"understudy-{name}", *arguments, "--threads", self.threads, "--quiet", "--progress", "none"]


def write_consents(programs, work):
    for subject, role in (("ada", "likeness"), ("bruno", "performer")):
        seconds_of([programs.folder / "understudy-consent", "new", "--subject", subject, "--role", role, "--basis", "synthetic",
                    "--use", "benchmark", "-o", work / f"{subject}.toml"])


def extract_and_align(programs, work, person, dataset, detector, landmarker, models):
    return (programs("extract", CAST / f"{person}.mp4", "-o", dataset, "--consent", work / f"{person}.toml",
                     "--detector", detector, *models),
            programs("align", dataset, "--landmarker", landmarker, *models))


def time_extraction(programs, work, repetitions, detector, landmarker, models):
    taken = [seconds_of(*extract_and_align(programs, work, "bruno", work / f"{detector}-{turn}", detector, landmarker, models))
             for turn in range(repetitions)]
    return {"seconds": taken, "frames_per_second": FRAMES / min(taken)}


def train_sketch(programs, work, dataset):
    """`dataset` is the performer's, aligned. The model has hardly learned: merging takes the same time."""
    seconds_of(*extract_and_align(programs, work, "ada", work / "likeness", "dlib", "dlib68", []))
    seconds_of(programs("train", "--likeness", work / "likeness", "--performer", dataset, "-m", work / "model",
                        "--preset", "sketch", "--iterations", "20"))


def make_hd_plate(plate, grain):
    """The performer's clip enlarged, in the middle of a frame whose sides mirror it."""
    noise = ",noise=alls=12:allf=t" if grain else ""
    seconds_of(["ffmpeg", "-nostdin", "-v", "error", "-y", "-i", CAST / "bruno.mp4", "-vf",
                f"scale=1080:1080:flags=bicubic,pad=1920:1080:420:0,fillborders=left=420:right=420:mode=mirror{noise}",
                "-c:v", "libx264", "-preset", "veryfast", "-crf", QUALITY, "-c:a", "copy", plate])


def hd_dataset(programs, work, plate):
    dataset = work / f"{plate.stem}-dataset"
    seconds_of(programs("extract", plate, "-o", dataset, "--consent", work / "bruno.toml", "--detector", "dlib"),
               programs("align", dataset, "--landmarker", "dlib68"))
    return dataset


def time_merge(programs, work, repetitions, plate, dataset):
    seconds_of(programs("convert", dataset, "-m", work / "model"))
    result = work / "result.mp4"
    merge = programs("merge", dataset, "-o", result, "--codec", "h264", "--quality", QUALITY, "--preset", PRESET)
    ffmpeg = ["ffmpeg", "-nostdin", "-v", "error", "-y", "-threads", programs.threads, "-i", plate, "-c:v", "libx264",
              "-preset", PRESET, "-crf", QUALITY, "-threads", programs.threads, "-c:a", "copy", result]
    ours, theirs = [], []
    for _ in range(repetitions):
        ours.append(seconds_of(merge))
        theirs.append(seconds_of(ffmpeg))
    return {"seconds": ours, "ffmpeg_seconds": theirs, "ratio": min(ours) / min(theirs)}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=Path, required=True)
    parser.add_argument("--model-dir", type=Path)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--repetitions", type=int, default=5)
    options = parser.parse_args()
    programs = Programs(options.bin.resolve(), options.threads)
    # libraries that --threads does not reach
    os.environ.update({name: programs.threads for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")})
    results = {"load": os.getloadavg()[0], "threads": options.threads}
    with tempfile.TemporaryDirectory(prefix="understudy-bench-") as folder:
        work = Path(folder)
        write_consents(programs, work)
        results["extract+align/dlib+dlib68"] = time_extraction(programs, work, options.repetitions, "dlib", "dlib68", [])
        if options.model_dir:
            results["extract+align/yunet+facemesh"] = time_extraction(
                programs, work, options.repetitions, "yunet", "facemesh", ["--model-dir", options.model_dir])
        train_sketch(programs, work, work / "dlib-0")
        results["merge/h264"] = time_merge(programs, work, options.repetitions, CAST / "bruno.mp4", work / "dlib-0")
        for name in ("clean", "grain"):
            plate = work / f"{name}.mp4"
            make_hd_plate(plate, name == "grain")
            results[f"merge/h264/1080p-{name}"] = time_merge(programs, work, options.repetitions, plate,
                                                             hd_dataset(programs, work, plate))
    print(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
