"""Out-of-focus rooms behind the person, in linear RGB.

To add one: write a `_NAME(rng, aspect)` that returns rectangles, and add its row to ROOMS.
"""
from dataclasses import dataclass
from typing import Callable

import numpy as np

from synthetic_cast.errors import WRONG_USAGE, CastError

PAINT_HEIGHT = 360
BLUR_RADII = (9, 9, 7)


@dataclass
class Room:
    """Wall colour, number and colour of blurred lights, and the function that draws the furniture."""
    wall: tuple
    light_count: int
    light_colour: tuple
    furniture: Callable


def background(kind, seed, width, height):
    """Returns a height x width x 3 picture. Rectangles are (x0, y0, x1, y1, colour), in picture heights."""
    if kind not in ROOMS:
        raise CastError(WRONG_USAGE, f"There is no background '{kind}'; choose one of {', '.join(ROOMS)}.")
    room = ROOMS[kind]
    rng = np.random.RandomState(seed)
    paint_width = int(PAINT_HEIGHT * width / height)
    aspect = paint_width / PAINT_HEIGHT
    ys, xs = np.mgrid[0:PAINT_HEIGHT, 0:paint_width] / PAINT_HEIGHT
    picture = np.zeros((PAINT_HEIGHT, paint_width, 3))
    picture[:] = room.wall
    picture *= (1.15 - 0.45 * ys)[..., None]
    for x0, y0, x1, y1, colour in room.furniture(rng, aspect):
        picture[(xs > x0) & (xs < x1) & (ys > y0) & (ys < y1)] = colour
    for _ in range(room.light_count):
        x, y, radius = rng.rand() * paint_width / PAINT_HEIGHT, rng.rand() * 0.9, rng.uniform(0.015, 0.035)
        disc = (((xs - x) ** 2 + (ys - y) ** 2) < radius ** 2)[..., None]
        picture += disc * np.array(room.light_colour) * rng.uniform(0.3, 1)
    for radius in BLUR_RADII:
        for axis in (0, 1):
            picture = _box_blur(picture, radius, axis)
    return _resize(picture, width, height)


def _office(rng, aspect):
    rectangles = [(0.02 + 0.115 * i, -0.1, 0.10 + 0.115 * i, 0.55, (0.75, 0.85, 0.95)) for i in range(5)]
    x = 0.62
    while x < aspect + 0.1:
        book = rng.uniform(0.018, 0.05)
        for shelf in (0.1, 0.42, 0.74):
            top = shelf + rng.uniform(0, 0.06)
            rectangles.append((x, top, x + book, shelf + 0.28, tuple(rng.uniform(0.05, 0.5, 3))))
        x += book + 0.004
    return rectangles


def _lounge(rng, aspect):
    rectangles = []
    for i in range(9):
        colour = tuple(np.array((0.16, 0.075, 0.05)) * rng.uniform(0.6, 1.3))
        step = 0.11 * (i % 2)
        rectangles.append((-0.05 + 0.13 * i, 0.05 + step, 0.07 + 0.13 * i, 0.10 + step + 0.8, colour))
    rectangles += [
        (0.08, 0.15, 0.30, 0.45, (0.25, 0.16, 0.07)),
        (0.10, 0.17, 0.28, 0.43, (0.10, 0.14, 0.13)),
        (aspect - 0.22, 0.38, aspect - 0.08, 0.56, (2.6, 1.5, 0.6)),
        (aspect - 0.165, 0.56, aspect - 0.135, 1.0, (0.05, 0.04, 0.03)),
    ]
    return rectangles


def _box_blur(picture, radius, axis):
    padding = [(0, 0)] * 3
    padding[axis] = (radius + 1, radius)
    sums = np.cumsum(np.pad(picture, padding, "edge"), axis)
    size, length = 2 * radius + 1, picture.shape[axis]
    return (np.take(sums, range(size, size + length), axis) - np.take(sums, range(0, length), axis)) / size


def _resize(picture, width, height):
    """Bilinear, corner to corner."""
    rows, columns = picture.shape[:2]
    y, x = np.linspace(0, rows - 1, height), np.linspace(0, columns - 1, width)
    y0, x0 = np.minimum(y.astype(int), rows - 2), np.minimum(x.astype(int), columns - 2)
    fy, fx = (y - y0)[:, None, None], (x - x0)[None, :, None]

    def corner(dy, dx):
        return picture[y0 + dy][:, x0 + dx]

    return ((corner(0, 0) * (1 - fy) + corner(1, 0) * fy) * (1 - fx)
            + (corner(0, 1) * (1 - fy) + corner(1, 1) * fy) * fx)


ROOMS = {
    "office": Room((0.30, 0.34, 0.38), 9, (0.5, 0.5, 0.5), _office),
    "lounge": Room((0.085, 0.055, 0.045), 8, (1, 0.8, 0.5), _lounge),
}
