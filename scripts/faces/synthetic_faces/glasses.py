"""Glasses that fit a face: frames, clear lenses and sunglasses of many shapes. Needs numpy only."""
import math

import numpy as np

from synthetic_faces.solids import Solid, joined, tube

# Width and height of a lens in decimetres, and the exponent of its outline: 2 an ellipse, 5 nearly a box. `pull`
# draws the lower outer corner in (aviators, cats' eyes have it negative).
SHAPES = [
    {"width": 0.50, "height": 0.32, "power": 4.0, "pull": 0.0},
    {"width": 0.54, "height": 0.36, "power": 5.0, "pull": 0.1},
    {"width": 0.46, "height": 0.44, "power": 2.0, "pull": 0.0},
    {"width": 0.52, "height": 0.26, "power": 2.6, "pull": 0.0},
    {"width": 0.58, "height": 0.50, "power": 2.6, "pull": 0.30},
    {"width": 0.60, "height": 0.46, "power": 3.0, "pull": -0.15},
    {"width": 0.54, "height": 0.38, "power": 2.8, "pull": -0.25},
    {"width": 0.64, "height": 0.56, "power": 3.2, "pull": 0.0},
]
FRAME_COLOURS = [(0.01, 0.01, 0.01), (0.01, 0.01, 0.012), (0.06, 0.025, 0.012), (0.15, 0.07, 0.03),
                 (0.35, 0.33, 0.30), (0.40, 0.27, 0.10), (0.25, 0.02, 0.02), (0.03, 0.05, 0.16), (0.5, 0.5, 0.5)]
POINTS = 28
CLEARANCE = 0.04  # decimetres between skin and lens
EAR_HEIGHT, EAR_DEPTH = 7.44, 0.10


def draw_glasses(draw, person, landmarks):
    """Returns Solids at rest; landmarks: the person's 68 points at rest, 68x3."""
    shape = dict(draw.choice(SHAPES))
    size = draw.uniform(0.88, 1.12)
    dark = draw.random() < 0.35
    thickness = draw.choice([0.012, 0.016, 0.03, 0.045])
    rim = draw.choice(["full", "full", "full", "upper", "none"]) if thickness < 0.03 else "full"
    colour, roughness = draw.choice(FRAME_COLOURS), draw.uniform(0.15, 0.5)
    slide = draw.choice([0.0, 0.0, 0.0, draw.uniform(0, 0.15)])
    front = _Front(person, landmarks, shape, size, draw.uniform(0.02, 0.14), slide)
    looks = {"colour": colour, "specular": 0.05, "roughness": roughness}
    parts = [_rim(front.outline(side), rim, thickness, looks) for side in (-1, 1)]
    parts += [front.bridge(thickness, looks)] + [front.temple(side, max(thickness, 0.018), looks) for side in (-1, 1)]
    through = math.exp(draw.uniform(math.log(0.02), math.log(0.3))) if dark else draw.uniform(0.88, 0.97)
    tint = [draw.uniform(0.6, 1.0) for _ in range(3)] if dark else [1.0, 1.0, 1.0]
    lenses = [_lens(front.outline(side), [through * part for part in tint], through) for side in (-1, 1)]
    return [joined(parts), joined(lenses)]


class _Front:
    """Where lenses, bridge and temples lie on a face."""

    def __init__(self, person, landmarks, shape, size, wrap, slide):
        right, left = landmarks[36:42].mean(0), landmarks[42:48].mean(0)
        eyes = (right + left) / 2
        self._shape, self._wrap = shape, wrap
        self._apart = (left[0] - right[0]) / 2 * 1.03
        self._width = min(size * shape["width"], 2 * (self._apart - 0.055))
        self._height = size * shape["height"]
        self._y = eyes[1] - 0.05 * self._height - slide
        skin = person.vertices[np.unique(person.body.mesh.triangles)]
        self._skin = skin[(skin[:, 1] > 6.3) & (skin[:, 2] > -0.4)]
        near = self._skin[(np.abs(self._skin[:, 1] - self._y) < self._height / 2) & (self._skin[:, 2] > 0.8)]
        needed = near[:, 2] - self._bend(near[:, 0])
        beside_nose = (np.abs(near[:, 0]) > 0.20) & (np.abs(near[:, 0]) < self._apart + self._width / 2)
        self._z = needed[beside_nose].max() + CLEARANCE
        self._bridge_z = near[np.abs(near[:, 0]) < 0.08][:, 2].max() + 0.03

    def _bend(self, x):
        return -self._wrap * (x / 0.6) ** 2

    def outline(self, side):
        """Returns Kx3 points, anticlockwise from in front."""
        angles = np.linspace(0, 2 * np.pi, POINTS, endpoint=False)
        c, s, power = np.cos(angles), np.sin(angles), 2 / self._shape["power"]
        x = np.sign(c) * np.abs(c) ** power * self._width / 2
        y = np.sign(s) * np.abs(s) ** power * self._height / 2
        out = x * side / (self._width / 2)
        lower = np.clip(-y / (self._height / 2), -1, 1)
        x = x - side * self._shape["pull"] * self._width * 0.5 * np.clip(out, 0, 1) * np.clip(lower, 0, 1)
        y = y + np.where(self._shape["pull"] < 0, 0.08 * np.clip(out, 0, 1) * np.clip(-lower, 0, 1), 0)
        x = x + side * self._apart
        return np.stack([x, self._y + y, self._z + self._bend(x)], 1)

    def bridge(self, thickness, looks):
        inner, y = self._apart - self._width / 2, self._y + 0.12 * self._height
        t = np.linspace(-1, 1, 7)
        z = self._z + (max(self._bridge_z, self._z) - self._z + 0.01) * (1 - t ** 2)
        return tube(np.stack([t * inner, y + 0.05 * (1 - t ** 2), z], 1), max(thickness, 0.014), **looks)

    def temple(self, side, thickness, looks):
        outer, y = self._apart + self._width / 2, self._y + 0.2 * self._height
        start = self._z + self._bend(outer)
        z = np.r_[np.linspace(start, EAR_DEPTH, 9), EAR_DEPTH - 0.12, EAR_DEPTH - 0.2]
        heights = np.r_[np.linspace(y, EAR_HEIGHT + 0.04, 9), EAR_HEIGHT - 0.05, EAR_HEIGHT - 0.25]
        x = np.array([max(outer if depth > start - 0.25 else 0, self._beside(depth, height) + thickness + 0.01)
                      for depth, height in zip(z, heights)])
        return tube(np.stack([side * x, heights, z], 1), thickness, **looks)

    def _beside(self, z, y):
        """How far the temple of the head reaches out there; the ear does not count."""
        near = (np.abs(self._skin[:, 2] - z) < 0.15) & (np.abs(self._skin[:, 1] - y - 0.15) < 0.12)
        return min(np.abs(self._skin[near, 0]).max(), 0.76) if near.any() else 0.7


def _rim(outline, rim, thickness, looks):
    if rim == "none":
        top = outline[np.argsort(-outline[:, 1])[:2]]
        return tube(top, 0.004, **looks)
    if rim == "upper":
        upper = outline[1:POINTS // 2]
        return tube(upper, thickness, **looks)
    return tube(outline, thickness, closed=True, **looks)


def _lens(outline, colour, through):
    """A slightly domed fan; its colour is what it lets through."""
    middle = outline.mean(0) + np.array([0, 0, 0.02])
    ids = np.arange(POINTS)
    triangles = np.stack([np.full(POINTS, POINTS), ids, np.roll(ids, -1)], 1)
    return Solid(np.r_[outline, middle[None]], triangles, colour, specular=0.05, roughness=0.05, lets_through=through)
