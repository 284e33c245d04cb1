#!/usr/bin/env python3
"""Renders what a base model learns from: many people who do not exist, and one neutral person who does the same.

Every scene has a list of poses and expressions. The neutral person plays all of them, every other person some, in
two scenes. OUT/neutral/SCENE and OUT/people/SEED/SCENE then hold frames of the same numbers for the same moment.

Needs Blender and the body data as scripts/cast does; see docs/base-model.md. Goes on where it was stopped.
"""
import argparse
import json
import math
import os
import random
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

ROOT = os.path.abspath(os.path.join(os.path.dirname(__file__), "..", ".."))
RENDERER = os.path.join(ROOT, "scripts", "cast", "render_cast.py")
SCENES, MOMENTS, SCENES_A_PERSON, MOMENTS_A_PERSON = 6, 80, 2, 24
FIRST_SEED = 100  # people below are free for tests and demonstrations
SIZE, PERSON_SAMPLES, NEUTRAL_SAMPLES = "176", "4", "10"

NEUTRAL = {
    "gender": 0.5, "age": 33, "weight": 0.5, "muscle": 0.5,
    "ethnic": {"caucasian": 0.34, "african": 0.33, "asian": 0.33}, "morphs": {},
    "tone": (0.44, 0.27, 0.20), "lip": (0.36, 0.13, 0.11), "blush": 0.4,
    "stubble": 0.0, "freckles": 0.0, "wrinkles": 0.0, "iris": "brown",
    "hair": {"style": "short", "melanin": 0.85, "redness": 0.4, "grey": 0.0},
    "brow": {"width": 0.8, "arch": 0.004, "n": 220, "melanin": 0.85},
    "lash": 0.7, "shirt": (0.08, 0.10, 0.12),
}


def scene(number):
    """One key light that may come from anywhere in front, a fill and a rim light, of mixed colours."""
    draw = random.Random(1000 + number)

    def lamp(azimuth, height, distance, size, power, warmth):
        angle = math.radians(azimuth)
        colour = (1, 1 - 0.25 * warmth, 1 - 0.45 * warmth) if warmth > 0 else (1 + 0.4 * warmth, 1 + 0.2 * warmth, 1)
        return {"pos": (distance * math.sin(angle), height, distance * math.cos(angle)), "size": size,
                "power": power, "color": colour}

    side = -1 if number % 2 else 1
    key, brightness = side * draw.uniform(5, 65), draw.uniform(2600, 4300)
    grey = draw.uniform(0.12, 0.26)
    return {
        "bg": draw.choice(["office", "lounge"]), "seed": number, "exposure": 1.0,
        "ambient": (grey, grey * draw.uniform(0.92, 1.05), grey * draw.uniform(0.95, 1.2)),
        "cam": {"eye": (draw.uniform(-1.5, 1.5), draw.uniform(6.8, 7.6), 15.0), "at": (0.0, 7.22, 0.3), "fov": 11.0},
        "lights": [
            lamp(key, draw.uniform(8.5, 12), 13, draw.uniform(3, 8), brightness, draw.uniform(-0.5, 0.9)),
            lamp(-key * draw.uniform(0.7, 1.2) - side * 10, draw.uniform(6.5, 9), 12, 8,
                 brightness * draw.uniform(0.15, 0.5), draw.uniform(-0.8, 0.5)),
            lamp(180 + side * draw.uniform(20, 60), 11, 9, 4, draw.uniform(900, 2300), draw.uniform(-0.5, 0.3)),
        ],
    }


def moments(number):
    """Poses and expressions, drawn one by one: nothing needs to move."""
    draw = random.Random(2000 + number)

    def one():
        speaks, smiles = draw.random() < 0.6, draw.random() < 0.5
        blink = 1.0 if draw.random() < 0.08 else draw.choice([0.0, 0.0, 0.0, draw.uniform(0, 0.6)])
        yaw, pitch = draw.uniform(-42, 42), max(-18, min(18, draw.gauss(0, 8)))
        return {
            "yaw": yaw, "pitch": pitch, "roll": max(-12, min(12, draw.gauss(0, 5))),
            "jaw": draw.uniform(0, 1) if speaks else 0.0, "purse": draw.uniform(0, 0.9) if draw.random() < 0.25 else 0.0,
            "wide": draw.uniform(0, 0.8) if draw.random() < 0.35 else 0.0,
            "smile": draw.uniform(0.1, 0.8) if smiles else 0.0, "blink_l": blink, "blink_r": blink,
            "brow": draw.uniform(-0.35, 0.6), "gaze_yaw": draw.uniform(-12, 12) - 0.3 * yaw,
            "gaze_pitch": draw.uniform(-7, 7) - 0.3 * pitch,
        }
    return [one() for _ in range(MOMENTS)]


def jobs(people):
    """(folder, identity, scene, frame numbers, samples); the neutral person first, then scene by scene."""
    every = ",".join(str(i) for i in range(MOMENTS))
    for number in range(SCENES):
        yield f"neutral/scene{number}", "NEUTRAL", number, every, NEUTRAL_SAMPLES
    for turn in range(SCENES_A_PERSON):
        for person in range(people):
            seed = FIRST_SEED + person
            draw = random.Random(3000 + 10 * seed + turn)
            number = (person + turn * (SCENES // SCENES_A_PERSON)) % SCENES
            frames = ",".join(str(i) for i in sorted(draw.sample(range(MOMENTS), MOMENTS_A_PERSON)))
            yield f"people/{seed}/scene{number}", f"seed:{seed}", number, frames, PERSON_SAMPLES


def write_json(path, value):
    with open(path, "w", encoding="utf-8") as file:
        json.dump(value, file, indent=1)
    return path


def render(out, job, data):
    folder, identity, number, frames, samples = job
    final = os.path.join(out, folder)
    if os.path.isdir(final):
        return f"{folder}: there already"
    new = final + ".new"
    shutil.rmtree(new, ignore_errors=True)
    command = ["nice", "blender", "-b", "--python-exit-code", "1", "-P", RENDERER, "--",
               "--identity", os.path.join(out, "neutral.json") if identity == "NEUTRAL" else identity,
               "--performance", os.path.join(out, f"moments{number}.json"),
               "--scene", os.path.join(out, f"scene{number}.json"), "--frames", frames,
               "--size", SIZE, SIZE, "--samples", samples, "--threads", "1", "--data", data, "--out", new]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise RuntimeError(f"{folder}: the renderer failed:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    os.rename(new, final)
    return folder


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    parser.add_argument("--out", required=True, help="folder of the renders")
    parser.add_argument("--people", type=int, default=48)
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="renderers at once, one thread each")
    parser.add_argument("--data", default=os.environ.get("MH_DATA"), help="body data (default: environment's MH_DATA)")
    options = parser.parse_args()
    if not options.data:
        parser.error("--data or the environment's MH_DATA must name the body data; see docs/rendering-the-cast.md")
    os.makedirs(options.out, exist_ok=True)
    write_json(os.path.join(options.out, "neutral.json"), NEUTRAL)
    for number in range(SCENES):
        write_json(os.path.join(options.out, f"scene{number}.json"), scene(number))
        write_json(os.path.join(options.out, f"moments{number}.json"), moments(number))
    with ThreadPoolExecutor(options.jobs) as pool:
        for line in pool.map(lambda job: render(options.out, job, options.data), jobs(options.people)):
            print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
