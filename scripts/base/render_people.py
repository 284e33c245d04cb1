#!/usr/bin/env python3
"""Renders what a base model learns from: many people who do not exist, and one neutral person who does the same.

OUT/neutral/moments holds the neutral person in every moment, OUT/people/moments.pSEED.frames a person in some; frames
of the same number show the same moment. Goes on where it was stopped. See docs/base-model.md.
"""
import argparse
import multiprocessing
import os
import sys
import time

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # processes share the cores, not threads
sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "cast")]

import cv2  # noqa: E402
import numpy as np  # noqa: E402

import moments  # noqa: E402
import people  # noqa: E402
from synthetic_cast.assets import Assets  # noqa: E402
from synthetic_cast.background import ROOMS, background  # noqa: E402
from synthetic_cast.camera import Camera  # noqa: E402
from synthetic_cast.person import Body, Person  # noqa: E402
from synthetic_cast.picture import develop  # noqa: E402
from synthetic_cast.raster_body import RasterBody  # noqa: E402
from synthetic_cast.raster_figure import RasterFigure  # noqa: E402
from synthetic_cast.raster_kernel import Kernel  # noqa: E402
from synthetic_cast.raster_stage import over, take  # noqa: E402

NEUTRAL_PIECE = 300  # moments of the neutral person in one job


class Studio:
    """What all jobs share."""

    def __init__(self, options):
        self.options = options
        self.body = Body(Assets(options.data))
        self.raster_body = RasterBody(self.body, Kernel())
        self.backgrounds = [_background(number, options.size) for number in range(moments.BACKGROUNDS)]

    def render(self, job):
        """Renders the frames of a job that are not there yet; returns a line that says so."""
        folder, identity, numbers = job
        started = time.time()
        folder = os.path.join(self.options.out, folder)
        os.makedirs(folder, exist_ok=True)
        paths = {number: os.path.join(folder, f"{number * moments.FRAME_STEP:06d}.png") for number in numbers}
        missing = [number for number in numbers if not os.path.exists(paths[number])]
        if not missing:
            return f"{folder}: there already"
        figure = RasterFigure(Person(self.body, identity), self.raster_body)
        for number in missing:
            part = os.path.join(folder, f".{number}.part.png")
            cv2.imwrite(part, self.picture(figure, number)[..., ::-1])
            os.replace(part, paths[number])
        return f"{folder}: {len(missing)} frames in {time.time() - started:.0f} s"

    def picture(self, figure, number):
        """Returns the figure in a moment, HxWx3 uint8 RGB."""
        frame, scene = moments.moment(number)
        camera = Camera(scene["cam"], self.options.size, self.options.size)
        _, linear, _ = take(figure, scene, camera, frame)
        behind = self.backgrounds[abs(scene["background"]) - 1] * scene["backdrop"]
        behind = behind[:, ::-1] if scene["background"] < 0 else behind
        return develop(over(linear, behind), scene["exposure"], number)


def _background(number, size):
    """A room, or part of one, in a colour of its own."""
    draw = np.random.RandomState(6000 + number)
    room = background(list(ROOMS)[number % len(ROOMS)], number, 2 * size, 2 * size)
    x, y = draw.randint(size, size=2)
    return (room[y:y + size, x:x + size] * draw.uniform(0.7, 1.4, 3)).astype(np.float32)


def jobs(options):
    """(folder, identity, numbers of moments); the neutral person first."""
    for start in range(0, options.moments, NEUTRAL_PIECE):
        yield "neutral/moments", people.NEUTRAL, range(start, min(start + NEUTRAL_PIECE, options.moments))
    for seed in range(people.FIRST_SEED, people.FIRST_SEED + options.people):
        yield (f"people/moments.p{seed}.frames", people.person(seed), people.moments_of(seed, options.moments))


def _work(job):
    return studio.render(job)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    add = parser.add_argument
    add("--out", required=True, help="folder of the pictures")
    add("--people", type=int, default=100, help="how many, from seed 100 on (default 100)")
    add("--moments", type=int, default=moments.COUNT, help=f"the first so many (default {moments.COUNT})")
    add("--size", type=int, default=192, help="width and height in pixels (default 192)")
    add("--jobs", type=int, default=os.cpu_count(), help="processes (default: one a core)")
    add("--data", default=os.environ.get("MH_DATA"), help="body data (default: environment's MH_DATA)")
    options = parser.parse_args()
    if not options.data:
        parser.error("--data or the environment's MH_DATA must name the body data; see docs/rendering-the-cast.md")
    cv2.setNumThreads(1)
    global studio
    studio = Studio(options)
    with multiprocessing.get_context("fork").Pool(options.jobs) as pool:
        for line in pool.imap(_work, jobs(options)):
            print(line, flush=True)


if __name__ == "__main__":
    sys.exit(main())
