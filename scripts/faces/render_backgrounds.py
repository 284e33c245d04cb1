#!/usr/bin/env python3
"""Renders pictures without faces, which a face detector learns to stay silent on: SET/backgrounds/NNNNNN.jpg.

Goes on where it was stopped; several processes may take parts of a set. See docs/face-models.md.
"""
import argparse
import os
import random
import sys

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "cast")]

import cv2  # noqa: E402
import numpy as np  # noqa: E402

from synthetic_faces import scenery  # noqa: E402
from synthetic_faces.bodies import Extras, turned_and_scaled  # noqa: E402
from synthetic_faces.people import TEST_IDENTITIES, TRAINING_IDENTITIES  # noqa: E402
from synthetic_faces.sprite import Studio  # noqa: E402

JPEG_QUALITY = 90
FIRST_OF_TEST = 50_000  # backgrounds of the test set have numbers from here on
BACKGROUNDS_A_PERSON = 12


def background(extras, number, identity):
    """Returns the background of a number, 288x512x3 uint8 BGR; identity: whose head may be seen from behind."""
    draw, noise = random.Random(f"background {number}"), np.random.RandomState(number)
    picture = np.ascontiguousarray(scenery.ground(draw, noise), np.float32)
    for _ in range(draw.choice([0, 1, 2, 4, 7, 11])):
        draw.choice(scenery.CLUTTER)(draw, noise, picture)
    for _ in range(draw.choice([0, 0, 1, 1, 2, 4])):
        _add_extra(draw, extras, identity, picture)
    return _photographed(draw, noise, picture)


def _add_extra(draw, extras, identity, picture):
    kind = draw.choice(["body", "body", "hand", "head"])
    cut_out = (extras.body(draw) if kind == "body" else extras.hand(draw) if kind == "hand"
               else extras.head_from_behind(draw, identity))
    if cut_out is None:
        return
    height = draw.uniform(30, 150) if kind != "body" else draw.uniform(80, 330)
    colour, alpha = turned_and_scaled(draw, *cut_out, height)
    scenery.paint(picture, colour, alpha, draw.uniform(-0.2, 0.9) * scenery.WIDTH,
                  draw.uniform(-0.2, 0.8) * scenery.HEIGHT)


def _photographed(draw, noise, picture):
    """Focus, light and grain."""
    if draw.random() < 0.5:
        picture = cv2.GaussianBlur(picture, (0, 0), draw.choice([0.6, 1.0, 2.0, 4.0]))
    picture = np.clip(picture, 0, 1) ** draw.uniform(0.7, 1.5) * draw.uniform(0.5, 1.1)
    picture = picture + noise.normal(size=picture.shape) * draw.choice([0.003, 0.01, 0.03])
    return np.clip(picture * 255 + 0.5, 0, 255).astype(np.uint8)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    add = parser.add_argument
    add("--out", required=True, help="folder of the set")
    add("--first", type=int, default=0,
        help=f"number of the first; the test set's begin at {FIRST_OF_TEST} (default 0)")
    add("--count", type=int, required=True, help="how many")
    add("--data", default=os.environ.get("MH_DATA"), help="body data (default: environment's MH_DATA)")
    options = parser.parse_args()
    if not options.data:
        parser.error("--data or the environment's MH_DATA must name the body data; see docs/rendering-the-cast.md")
    cv2.setNumThreads(1)
    folder = os.path.join(options.out, "backgrounds")
    os.makedirs(folder, exist_ok=True)
    extras = Extras(Studio(options.data))
    for number in range(options.first, options.first + options.count):
        path = os.path.join(folder, f"{number:06d}.jpg")
        if os.path.exists(path):
            continue
        people = TEST_IDENTITIES if number >= FIRST_OF_TEST else TRAINING_IDENTITIES
        identity = people[-1 - number % FIRST_OF_TEST // BACKGROUNDS_A_PERSON]
        part = os.path.join(folder, f".{number}.part.jpg")
        cv2.imwrite(part, background(extras, number, identity), [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
        os.replace(part, path)


if __name__ == "__main__":
    sys.exit(main())
