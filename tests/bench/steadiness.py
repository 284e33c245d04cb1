#!/usr/bin/env python3
"""Measures how steady align's landmarks are, on clips whose truth is known, and prints what it finds as JSON.

    steadiness.py --bin DIR [--detector NAME] [--landmarker NAME] [--model-dir DIR] [--smooth FRAMES]

still: one frame of the cast, repeated with fresh camera noise and encoded anew. moving: the cast's clip with camera noise.
Of each, without steadying (per_frame) and with it, over landmarks 17-67 and in percent of the distance of the eyes:
  jitter   root mean square of the second difference over time
  spread   (still) root mean square of the distance from the mean place
  error    mean distance from the truth
  lag      (moving) frames by which the face's middle and turn come late: where their course fits the truth's best
"""

import argparse
import json
import math
import subprocess
import tempfile
from pathlib import Path

CAST = Path(__file__).resolve().parent.parent / "data" / "cast"
FRAMES, STILL = 60, 20
INNER = range(17, 68)
NOISE = "noise=alls=10:allf=t"  # of 255, uniform, every frame another


def make_clip(person, kind, path):
    loop = f"select=eq(n\\,{STILL}),loop=loop={FRAMES - 1}:size=1:start=0,setpts=N/24/TB," if kind == "still" else ""
    subprocess.run(["ffmpeg", "-nostdin", "-v", "error", "-y", "-i", CAST / f"{person}.mp4", "-vf", loop + NOISE, "-frames:v", str(FRAMES),
                    "-an", "-c:v", "libx264", "-preset", "veryfast", "-crf", "18", path], check=True)


def truth_of(person, kind):
    lines = (CAST / f"{person}.truth.jsonl").read_text().splitlines()
    points = [json.loads(line)["landmarks68"] for line in lines]
    return points if kind == "moving" else [points[STILL]] * FRAMES


def eye_distance(points):
    return math.dist(points[36], points[45])


def rms(values):
    values = list(values)
    return math.sqrt(sum(v * v for v in values) / len(values))


def jitter(track):
    return rms(math.dist((0, 0), [a[p][c] - 2 * b[p][c] + d[p][c] for c in (0, 1)]) / eye_distance(b)
               for a, b, d in zip(track, track[1:], track[2:]) for p in INNER)


def spread(track):
    mean = [[sum(points[p][c] for points in track) / len(track) for c in (0, 1)] for p in range(68)]
    return rms(math.dist(points[p], mean[p]) / eye_distance(mean) for points in track for p in INNER)


def error(track, truth):
    return sum(math.dist(a[p], b[p]) / eye_distance(b) for a, b in zip(track, truth) for p in INNER) / len(track) / len(INNER)


def courses(track):
    """The middle of the face, its turn and its size over time: what a crop follows."""
    eyes = [[[sum(points[p][c] for p in eye) / 6 for c in (0, 1)] for eye in (range(36, 42), range(42, 48))] for points in track]
    middle = [[sum(points[p][c] for p in INNER) / len(INNER) for c in (0, 1)] for points in track]
    return ([m[0] for m in middle], [m[1] for m in middle],
            [100 * math.atan2(b[1] - a[1], b[0] - a[0]) for a, b in eyes], [math.dist(a, b) for a, b in eyes])


def lag(track, truth):
    """By steps of a twentieth of a frame, straight lines between frames; what does not vary with time is left out."""
    def misfit(shift):
        total = 0
        for found, true in zip(courses(track), courses(truth)):
            off = []
            for i in range(3, len(true) - 3):
                at = i - shift
                low = math.floor(at)
                off.append(found[i] - (true[low] + (at - low) * (true[low + 1] - true[low])))
            mean = sum(off) / len(off)
            total += sum((o - mean) ** 2 for o in off) / (sum((t - sum(true) / len(true)) ** 2 for t in true) + 1e-9)
        return total
    return min((shift / 20 for shift in range(-50, 51)), key=misfit)


def landmarks_of(dataset):
    records = [json.loads(line) for file in sorted(dataset.glob("align/*/*/faces.jsonl")) for line in file.read_text().splitlines()]
    return {record["frame"]: record["landmarks"] for record in records}


def measured(track, truth, kind):
    percent = {"jitter": 100 * jitter(track), "error": 100 * error(track, truth)}
    if kind == "still":
        percent["spread"] = 100 * spread(track)
    else:
        percent["lag"] = lag(track, truth)
    return {name: round(value, 3) for name, value in percent.items()}


def measure(options, person, kind, folder):
    def run(name, *arguments):
        subprocess.run([str(part) for part in (options.bin / f"understudy-{name}", *arguments)], check=True, stdout=subprocess.DEVNULL)

    quiet = ["--quiet", "--progress", "none", *(["--model-dir", options.model_dir] if options.model_dir else [])]
    consent, clip, dataset = folder / f"{person}.toml", folder / f"{person}-{kind}.mp4", folder / f"{person}-{kind}"
    if not consent.exists():
        run("consent", "new", "--subject", person, "--role", "performer", "--basis", "synthetic", "--use", "benchmark", "-o", consent)
    make_clip(person, kind, clip)
    run("extract", clip, "-o", dataset, "--consent", consent, "--detector", options.detector, *quiet)
    out = {}
    for name, smooth in (("per_frame", ["--smooth", "0"]), ("steadied", ["--smooth", options.smooth] if options.smooth else [])):
        run("align", dataset, "--landmarker", options.landmarker, "--replace", *smooth, *quiet)
        found = landmarks_of(dataset)
        frames = sorted(found)
        out[name] = measured([found[f] for f in frames], [truth_of(person, kind)[f] for f in frames], kind) | {"frames": len(frames)}
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bin", type=Path, required=True)
    parser.add_argument("--detector", default="understudy")
    parser.add_argument("--landmarker", default="dlib68")
    parser.add_argument("--model-dir", type=Path)
    parser.add_argument("--smooth")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="understudy-bench-") as folder:
        print(json.dumps({f"{person}/{kind}": measure(options, person, kind, Path(folder))
                          for person in ("ada", "bruno") for kind in ("still", "moving")}, indent=2))


if __name__ == "__main__":
    main()
