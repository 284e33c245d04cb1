"""Grows the hair of the scalp, all strands at once, kept off the head by its nearest surface point.

To add a style: write a `_grow_NAME(roots, rng, scalp)` that returns NxKx3 strands, and add its row to STYLES.
Needs numpy only.
"""
import functools
from dataclasses import dataclass
from typing import Callable

import numpy as np

from synthetic_cast.base_mesh import smoothstep
from synthetic_cast.errors import WRONG_USAGE, CastError

BOB_POINTS = 14
BOB_STEPS = 22
BOB_STEP = 0.15  # decimetres
PARTING = 0.16  # decimetres to the subject's left of the middle
TIE = np.array([0.0, 7.55, -0.72])  # where tied hair meets, at the back of the head
CELL, CELL_MARGIN, CELLS_AROUND = 0.1, 0.4, 3  # decimetres, and cells on each side of the surface


@dataclass
class Roots:
    """Where N strands start; `clump` is a number much the same in a root's neighbourhood."""
    positions: np.ndarray
    normals: np.ndarray
    above_hairline: np.ndarray
    clump: np.ndarray


@dataclass
class Style:
    """Strand count, strand radius in decimetres, and the function that grows the strands."""
    count: int
    radius: float
    grow: Callable


class Scalp:
    """The head's surface as an obstacle: planes through the middles of its faces.

    A table of small cells knows the nearest one, so that a strand's step costs one look.
    """

    def __init__(self, person):
        mesh, vertices = person.body.mesh, person.vertices
        faces = np.array(mesh.faces)
        usable = (vertices[:, 1] > 6.2) & (person.body.regions.inside_mouth < 0.5)
        faces = faces[usable[faces].all(1)]
        self._points = vertices[faces].mean(1)
        self._normals = _unit(mesh.vertex_normals(vertices)[faces].sum(1))
        self._corner = self._points.min(0) - CELL_MARGIN
        shape = np.ceil((self._points.max(0) + CELL_MARGIN - self._corner) / CELL).astype(int)
        self._nearest = np.full(shape, -1)
        cells = self._cells_around(shape)
        centres = (self._corner + (cells + 0.5) * CELL).astype(np.float32)
        half_squares = (self._points ** 2).sum(1) / 2
        columns, half_squares = self._points.T.astype(np.float32), half_squares.astype(np.float32)
        self._nearest[tuple(cells.T)] = np.concatenate([np.argmax(some @ columns - half_squares, 1)
                                                        for some in np.array_split(centres, len(centres) // 100)])

    def _cells_around(self, shape):
        """Returns the Nx3 cells at most CELLS_AROUND from one with a point of the surface."""
        around = np.zeros(shape, bool)
        around[tuple(np.floor((self._points - self._corner) / CELL).astype(int).T)] = True
        for _ in range(CELLS_AROUND):
            for axis in range(3):
                around = around | np.roll(around, 1, axis) | np.roll(around, -1, axis)
        return np.argwhere(around)

    def keep_outside(self, points, margins):
        """Returns the Nx3 points, lifted to the margins above the surface where they are closer or inside."""
        cells = np.floor((points - self._corner) / CELL).astype(int)
        inside = ((cells >= 0) & (cells < self._nearest.shape)).all(1)
        nearest = self._nearest[tuple(np.where(inside[:, None], cells, 0).T)]
        near = inside & (nearest >= 0)
        normals = self._normals[nearest]
        height = ((points - self._points[nearest]) * normals).sum(1)
        return points + normals * np.where(near, np.maximum(margins - height, 0), 0)[:, None]


def scalp_hair(person, seed=2, share=1.0):
    """Returns (NxKx3 strands at rest, radii K) of the person's hair style; share: fewer, wider strands."""
    name = person.identity["hair"]["style"]
    if name not in STYLES:
        raise CastError(WRONG_USAGE, f"There is no hair style '{name}'; choose one of {', '.join(STYLES)}.")
    style = STYLES[name]
    rng = np.random.RandomState(seed)
    strands = style.grow(_draw_roots(person, int(style.count * share), rng), rng, Scalp(person))
    radii = np.full(strands.shape[1], style.radius / share ** 0.3)
    radii[-1] *= 0.35
    radii[-2] *= 0.8
    return strands, radii


def _draw_roots(person, count, rng):
    mesh, vertices = person.body.mesh, person.vertices
    above_hairline = person.above_hairline()
    triangles = mesh.triangles[vertices[mesh.triangles][:, :, 1].min(1) > 6.5]
    density = (smoothstep(-0.03, 0.05, above_hairline) * (1 - person.body.regions.ear))[triangles].mean(1)
    corners = vertices[triangles]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    area = np.linalg.norm(normals, axis=1) * density
    chosen = rng.choice(len(triangles), count, p=area / area.sum())
    weights = rng.dirichlet((1, 1, 1), count)
    positions = (corners[chosen] * weights[..., None]).sum(1)
    heights = (above_hairline[triangles[chosen]] * weights).sum(1)
    x, y, z = positions.T
    clump = np.sin(9 * x + 5 * z) + np.sin(11 * z - 7 * y)
    return Roots(positions, _unit(normals[chosen]), heights, clump)


def _unit(vectors):
    return vectors / np.linalg.norm(vectors, axis=-1, keepdims=True)


def _columns(*columns):
    return np.stack(np.broadcast_arrays(*columns), 1)


def _grow_short(roots, rng, scalp, length=1.0):
    """Six points, combed back and to the side; longer on top. length: 1 is a common short cut."""
    count = len(roots.positions)
    x, y, z = roots.positions.T
    top = smoothstep(7.75, 8.2, y)
    lengths = length * (0.11 + 0.34 * top * smoothstep(-0.02, 0.25, roots.above_hairline))
    lengths = lengths * rng.uniform(0.75, 1.15, count)
    steps = 5
    comb = _columns(0.35 * np.sign(x) * (1 - top) + 0.22 + 0.08 * roots.clump, -0.75 * (1 - top) + 0.1,
                    np.where(top > 0.1, -0.95, -0.55)) + rng.normal(size=(count, 3)) * 0.13
    direction = _unit(comb) * 0.75 + roots.normals * (0.35 + 0.55 * top * (z > 0.6))[:, None]
    points = [roots.positions]
    for step in range(steps):
        direction = _unit(direction)
        point = points[-1] + direction * lengths[:, None] / steps
        points.append(scalp.keep_outside(point, 0.012 + 0.03 * (step + 1) / (steps + 1)))
        direction = direction * 0.8 + comb * 0.25 - roots.normals * 0.12 + np.array([0, -0.08, 0])
    return np.stack(points, 1)


def _grow_bob(roots, rng, scalp, end=6.42):
    """Parted, falls to the height `end`, kept clear of the face, ends turned in."""
    count = len(roots.positions)
    x, y, z = roots.positions.T
    side = np.where(x > PARTING, 1.0, -1.0)
    layer = rng.rand(count)
    ends = end + 0.10 * rng.rand(count) - 0.12 * (z < 0.4)
    ends += np.where(rng.rand(count) < 0.25, 0.25 * layer, 0)
    direction = roots.normals * 0.5 + _columns(side * 0.8, np.where(y > 8.0, 0.25, -0.3), -0.35)
    points, growing = [roots.positions], np.ones(count, bool)
    for step in range(BOB_STEPS + max(0, round((6.42 - end) / BOB_STEP))):
        point = points[-1]
        direction = _bob_direction(point, direction, side, step, roots.clump, rng)
        margins = 0.025 + (0.03 + 0.085 * layer) * min(1, (step + 1) / 4)
        following = scalp.keep_outside(point + direction * BOB_STEP, margins)
        beside_face = (following[:, 1] < 8.0) & (following[:, 2] > 0.70)
        limit = 0.70 + 0.16 * layer + 0.25 * np.maximum(0, following[:, 1] - 7.6)
        back = np.minimum(following[:, 2], np.maximum(limit, point[:, 2] - 0.14))
        out = side * np.maximum(np.abs(following[:, 0]), 0.70 + 0.08 * layer)
        following[:, 2] = np.where(beside_face, back, following[:, 2])
        following[:, 0] = np.where(beside_face, out, following[:, 0])
        turned_in = (following[:, 1] < 7.0) & (following[:, 1] > 6.0)
        following[:, 0] -= np.where(turned_in, side * 0.035, 0)
        following[:, 2] += np.where(turned_in, 0.012, 0)
        points.append(np.where(growing[:, None], following, point))
        growing &= points[-1][:, 1] >= ends
    return _resample(np.stack(points, 1), BOB_POINTS)


def _bob_direction(point, direction, side, step, clump, rng):
    x, y, z = point.T
    front = np.maximum(0.0, z - 0.5)
    t = min(1, step / 8)
    comb = _columns(side * np.interp(y, [6.9, 7.3, 7.7, 8.0], [-0.45, -0.15, 0.12, 0.9]), -0.45,
                    -0.55 - 0.9 * front * (y < 8.25))
    direction = direction * 0.55 + comb * (0.5 * (1 - t) + 0.12) + np.array([0, -1, 0]) * (0.12 + 0.6 * t)
    wave = 0.10 * np.sin(1.5 * y * 2.6 + 2.2 * clump)
    direction += rng.normal(size=direction.shape) * 0.035
    direction += _columns(0.03 * clump + 0.7 * side * wave, 0.0, 0.03 * clump + 0.6 * wave)
    return _unit(direction)


def _grow_tied(roots, rng, scalp):
    """Combed back along the head to a knot."""
    count, steps = len(roots.positions), 9
    knot = TIE + rng.normal(size=(count, 3)) * np.array([0.10, 0.10, 0.04])
    lift = 0.02 + 0.05 * rng.rand(count)
    points = [roots.positions]
    for step in range(steps):
        point = points[-1] + (knot - points[-1]) / (steps - step)
        points.append(scalp.keep_outside(point, lift * min(1, (step + 1) / 3)))
    return np.stack(points, 1)


def _grow_afro(roots, rng, scalp, length=0.55):
    """Stands off the head, each strand its own way."""
    count, steps = len(roots.positions), 7
    lengths = length * rng.uniform(0.55, 1.1, count) * smoothstep(-0.05, 0.2, roots.above_hairline)
    direction, points = roots.normals + np.array([0, 0.25, 0]), [roots.positions]
    for step in range(steps):
        direction = _unit(direction + rng.normal(size=(count, 3)) * 0.75 + roots.normals * 0.3)
        points.append(scalp.keep_outside(points[-1] + direction * lengths[:, None] * 1.6 / steps, 0.03))
    return np.stack(points, 1)


def _grow_curly(roots, rng, scalp, end=6.3):
    """A bob in locks that wind about themselves."""
    strands = _grow_bob(roots, rng, scalp, end)
    along = np.linspace(0, 1, strands.shape[1])[None, :]
    turn = 20 * along + 7 * roots.clump[:, None] + rng.uniform(0, 0.8, (len(strands), 1))
    width = 0.075 * smoothstep(0, 0.3, along) * rng.uniform(0.6, 1.3, (len(strands), 1))
    return strands + np.stack([width * np.cos(turn), 0.3 * width * np.sin(turn), width * np.sin(turn)], 2)


def _grow_fringe(roots, rng, scalp, end=6.42):
    """A bob, or longer, with hair cut straight above the eyes."""
    strands = _grow_bob(roots, rng, scalp, end)
    x, y, z = roots.positions.T
    front = np.where((z > 0.45) & (np.abs(x) < 0.62) & (y > 7.75))[0]
    point, edge = roots.positions[front], 7.68 + 0.10 * rng.rand(len(front)) + 0.25 * np.abs(x[front])
    points = [point]
    for step in range(strands.shape[1] - 1):
        fall = _columns(0.12 * np.sign(point[:, 0]) + 0.04 * roots.clump[front], -0.35 - 0.08 * step, 0.75)
        following = scalp.keep_outside(point + _unit(fall) * 0.085, 0.045 + 0.03 * rng.rand(len(front)))
        point = np.where((point[:, 1] > edge)[:, None], following, point)
        points.append(point)
    strands[front] = np.stack(points, 1)
    return strands


def _grow_nothing(roots, rng, scalp):
    return np.zeros((len(roots.positions), 2, 3))


def _resample(strands, count):
    """Points at equal steps along each strand; strands: NxKx3."""
    lengths = np.linalg.norm(np.diff(strands, axis=1), axis=2)
    along = np.concatenate([np.zeros((len(strands), 1)), np.cumsum(lengths, 1)], 1)
    at = np.linspace(0, 1, count) * along[:, -1:]
    before = (along[:, None, :] <= at[:, :, None]).sum(2) - 1
    before = np.clip(before, 0, strands.shape[1] - 2)
    rows = np.arange(len(strands))[:, None]
    step = np.maximum(lengths[rows, before], 1e-12)
    share = np.clip((at - along[rows, before]) / step, 0, 1)[..., None]
    return strands[rows, before] * (1 - share) + strands[rows, before + 1] * share


STYLES = {
    "short": Style(12000, 0.0068, _grow_short),
    "buzz": Style(14000, 0.0068, functools.partial(_grow_short, length=0.4)),
    "bob": Style(9500, 0.0085, _grow_bob),
    "long": Style(9500, 0.0085, functools.partial(_grow_bob, end=5.7)),
    "tied": Style(9500, 0.0075, _grow_tied),
    "tousled": Style(11000, 0.0075, functools.partial(_grow_short, length=2.0)),
    "afro": Style(15000, 0.0085, _grow_afro),
    "curly": Style(11000, 0.0085, _grow_curly),
    "fringe": Style(10500, 0.0085, _grow_fringe),
    "long fringe": Style(10500, 0.0085, functools.partial(_grow_fringe, end=5.7)),
    "bald": Style(0, 0.0068, _grow_nothing),
}
