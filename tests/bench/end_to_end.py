#!/usr/bin/env python3
"""Times whole programs on the bundled 480-pixel clip and prints what it finds as JSON.

    end_to_end.py --bin DIR [--model-dir DIR] [--threads N] [--repetitions N]

extract+align: wall clock of both programs, one after the other, start-up included; on clips of 1080p, with one person and with two, clean
and with camera noise, also what processor time they take and how long the same takes in a program that OpenCV and dlib alone make up
(understudy_plain_faces).
merge: wall clock against the program ffmpeg, which decodes and encodes the same clip with the same settings. The two
take turns, so that both see the same machine. Besides the clip it is made 1920 pixels wide, once clean and once with grain.
"""

import argparse
import json
import os
import resource
import subprocess
import tempfile
import time
from pathlib import Path

CAST = Path(__file__).resolve().parent.parent / "data" / "cast"
FRAMES = 60
HD_FRAMES = 240
QUALITY, PRESET = "18", "medium"
HD_REPETITIONS = 2


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


def make_hd_faces(clip, people, noise):
    """240 frames of 1080p in front of grey: one head about a third of the picture high, or two."""
    inputs = [part for person in ("bruno", "ada")[:people] for part in ("-stream_loop", "3", "-i", CAST / f"{person}.mp4")]
    place = "[0:v]scale=640:640:flags=bicubic,pad=1920:1080:200:220:color=gray[a];"
    place += "[1:v]scale=560:560:flags=bicubic[b];[a][b]overlay=1100:300" if people == 2 else "[a]null"
    seconds_of(["ffmpeg", "-nostdin", "-v", "error", "-y", *inputs, "-filter_complex",
                place + (",noise=alls=6:allf=t[out]" if noise else ",null[out]"), "-map", "[out]",
                "-frames:v", str(HD_FRAMES), "-an", "-c:v", "libx264", "-preset", "veryfast", "-crf", QUALITY, clip])


def both_clocks(*commands):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    wall = seconds_of(*commands)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return {"seconds": wall, "processor_seconds": after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime}


def time_hd_extraction(programs, work, people, noise, models):
    clip, results = work / f"hd{people}{'n' if noise else ''}.mp4", {}
    make_hd_faces(clip, people, noise)
    kinds = [("dlib", "dlib68", []), ("understudy", "dlib68", []), ("understudy", "understudy", [])]
    if models:
        kinds += [("yunet", "facemesh", models)]
    for detector, landmarker, files in kinds:
        dataset = work / f"{clip.stem}-{detector}-{landmarker}"
        results[f"{detector}+{landmarker}"] = both_clocks(
            programs("extract", clip, "-o", dataset, "--consent", work / "bruno.toml", "--detector", detector, *files),
            programs("align", dataset, "--landmarker", landmarker, *files))
    for detector in ("haar", "dlib") + (("yunet",) if models else ()):
        results[f"plain/{detector}"] = both_clocks([programs.folder / "understudy_plain_faces", detector, clip, work / "plain", *models[1:]])
    for one in results.values():
        one["frames_per_second"] = HD_FRAMES / one["seconds"]
        one["processor_ms_a_frame"] = 1000 * one["processor_seconds"] / HD_FRAMES
    return results


def train_sketch(programs, work, dataset):
    """`dataset` is the performer's, aligned. The model has hardly learned: merging takes the same time."""
    seconds_of(*extract_and_align(programs, work, "ada", work / "likeness", "dlib", "dlib68", []))
    seconds_of(programs("train", "--likeness", work / "likeness", "--performer", dataset, "-m", work / "model",
                        "--preset", "sketch", "--iterations", "20"))


def make_hd_plate(plate, side, grain):
    """180 frames of 1080p, three shots: the performer's clip, `side` pixels large, in the middle of a frame that mirrors it around."""
    across, down = (1920 - side) // 2, (1080 - side) // 2
    noise = ",noise=alls=12:allf=t" if grain else ""
    seconds_of(["ffmpeg", "-nostdin", "-v", "error", "-y", "-stream_loop", "2", "-i", CAST / "bruno.mp4", "-vf",
                f"scale={side}:{side}:flags=bicubic,pad=1920:1080:{across}:{down},"
                f"fillborders=left={across}:right={across}:top={down}:bottom={down}:mode=mirror{noise}",
                "-c:v", "libx264", "-preset", "veryfast", "-crf", QUALITY, "-c:a", "copy", plate])


def hd_dataset(programs, work, plate):
    dataset = work / f"{plate.stem}-dataset"
    seconds_of(programs("extract", plate, "-o", dataset, "--consent", work / "bruno.toml", "--detector", "dlib", "--max-faces", "1"),
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
        for people in (1, 2):
            for noise in (False, True):
                timed = time_hd_extraction(programs, work, people, noise, ["--model-dir", options.model_dir] if options.model_dir else [])
                place = f"extract+align/1080p-{people}{'-noise' if noise else ''}"
                results.update({f"{place}/{name}": one for name, one in timed.items()})
        train_sketch(programs, work, work / "dlib-0")
        results["merge/h264"] = time_merge(programs, work, options.repetitions, CAST / "bruno.mp4", work / "dlib-0")
        for shot, side in (("medium", 640), ("close", 1080)):
            for grain in (False, True):
                plate = work / f"{shot}-{'grain' if grain else 'clean'}.mp4"
                make_hd_plate(plate, side, grain)
                results[f"merge/h264/1080p-{plate.stem}"] = time_merge(programs, work, HD_REPETITIONS, plate, hd_dataset(programs, work, plate))
    print(json.dumps(results, indent=2))


if __name__ == "__main__":
    main()
