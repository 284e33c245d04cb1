"""Grows the hair of the scalp strand by strand, kept off the head by its nearest surface point.

To add a style: write a `_grow_NAME(root, rng, scalp)` that returns the Kx3 points of a strand, and add its
row to STYLES. Needs Blender's mathutils.
"""
import math
from dataclasses import dataclass
from typing import Callable

import numpy as np

from synthetic_cast.base_mesh import smoothstep
from synthetic_cast.errors import WRONG_USAGE, CastError

BOB_POINTS = 14
PARTING = 0.16  # decimetres to the subject's left of the middle


@dataclass
class Root:
    """Where a strand starts; `clump` is a number much the same in its neighbourhood."""
    position: np.ndarray
    normal: np.ndarray
    above_hairline: float
    clump: float


@dataclass
class Style:
    """Strand count, strand radius in decimetres, and the function that grows one strand."""
    count: int
    radius: float
    grow: Callable


class Scalp:
    """The head's surface as an obstacle."""

    def __init__(self, person):
        from mathutils.bvhtree import BVHTree
        head = [face for face in person.body.mesh.faces if person.vertices[face][:, 1].min() > 6.2]
        self._tree = BVHTree.FromPolygons(person.vertices.tolist(), head)

    def keep_outside(self, point, margin):
        """Returns the point, lifted to the margin above the nearest surface if it is closer or inside."""
        nearest, normal, _, _ = self._tree.find_nearest(point.tolist())
        nearest, normal = np.array(nearest), np.array(normal)
        if (point - nearest) @ normal < margin:
            return nearest + normal * margin
        return point


def scalp_hair(person, seed=2):
    """Returns (NxKx3 strands at rest, radii K) of the person's hair style."""
    name = person.identity["hair"]["style"]
    if name not in STYLES:
        raise CastError(WRONG_USAGE, f"There is no hair style '{name}'; choose one of {', '.join(STYLES)}.")
    style = STYLES[name]
    rng = np.random.RandomState(seed)
    scalp = Scalp(person)
    strands = np.array([style.grow(root, rng, scalp) for root in _draw_roots(person, style.count, rng)])
    radii = np.full(strands.shape[1], style.radius)
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
    normals = normals[chosen]
    normals /= np.linalg.norm(normals, axis=1, keepdims=True)
    heights = (above_hairline[triangles[chosen]] * weights).sum(1)
    return [Root(position, normal, height, _clump(position))
            for position, normal, height in zip(positions, normals, heights)]


def _clump(p):
    return math.sin(9 * p[0] + 5 * p[2]) + math.sin(11 * p[2] - 7 * p[1])


def _unit(vector):
    return vector / np.linalg.norm(vector)


def _grow_short(root, rng, scalp):
    """Six points, combed back and to the side; longer on top."""
    point, normal = root.position.copy(), root.normal
    x, y, z = root.position
    top = float(smoothstep(7.75, 8.2, np.array(y)))
    length = 0.11 + 0.34 * top * smoothstep(-0.02, 0.25, np.array(root.above_hairline))
    length = length * rng.uniform(0.75, 1.15)
    count = 6
    comb = np.array([0.35 * np.sign(x) * (1 - top) + 0.22 + 0.08 * root.clump, -0.75 * (1 - top) + 0.1,
                     -0.95 if top > 0.1 else -0.55]) + rng.normal(size=3) * 0.13
    direction = comb / np.linalg.norm(comb) * 0.75 + normal * (0.35 + 0.55 * top * (z > 0.6))
    points = [point]
    for step in range(count - 1):
        direction = _unit(direction)
        point = point + direction * length / (count - 1)
        point = scalp.keep_outside(point, 0.012 + 0.03 * (step + 1) / count)
        direction = direction * 0.8 + comb * 0.25 - normal * 0.12 + np.array([0, -0.08, 0])
        points.append(point)
    return np.array(points)


def _grow_bob(root, rng, scalp):
    """Parted, falls to the jaw line, kept clear of the face, ends turned in."""
    point, normal = root.position.copy(), root.normal
    x, y, z = root.position
    side = 1 if x > PARTING else -1
    layer = rng.rand()
    end = 6.42 + 0.10 * rng.rand() - 0.12 * float(z < 0.4)
    end += 0.25 * layer if rng.rand() < 0.25 else 0
    direction = normal * 0.5 + np.array([side * 0.8, 0.25 if y > 8.0 else -0.3, -0.35])
    points = [point]
    for step in range(22):
        direction = _bob_direction(point, direction, side, step, root.clump, rng)
        margin = 0.025 + (0.03 + 0.085 * layer) * min(1, (step + 1) / 4)
        following = scalp.keep_outside(point + direction * 0.15, margin)
        if following[1] < 8.0 and following[2] > 0.70:
            limit = 0.70 + 0.16 * layer + 0.25 * max(0, following[1] - 7.6)
            following[2] = min(following[2], max(limit, point[2] - 0.14))
            following[0] = side * max(abs(following[0]), 0.70 + 0.08 * layer)
        if following[1] < 7.0:
            following[0] -= side * 0.035
            following[2] += 0.012
        point = following
        points.append(point)
        if point[1] < end:
            break
    return _resample(np.array(points), BOB_POINTS)


def _bob_direction(point, direction, side, step, clump, rng):
    front = max(0.0, point[2] - 0.5)
    t = min(1, step / 8)
    comb = np.array([side * np.interp(point[1], [6.9, 7.3, 7.7, 8.0], [-0.45, -0.15, 0.12, 0.9]), -0.45,
                     -0.55 - 0.9 * front * (point[1] < 8.25)])
    direction = direction * 0.55 + comb * (0.5 * (1 - t) + 0.12) + np.array([0, -1, 0]) * (0.12 + 0.6 * t)
    wave = 0.10 * np.sin(1.5 * point[1] * 2.6 + 2.2 * clump) * np.array([0.7 * side, 0, 0.6])
    direction += rng.normal(size=3) * 0.035 + 0.03 * clump * np.array([1, 0, 1]) + wave
    return _unit(direction)


def _resample(points, count):
    along = np.r_[0, np.cumsum(np.linalg.norm(np.diff(points, axis=0), axis=1))]
    at = np.linspace(0, along[-1], count)
    return np.stack([np.interp(at, along, points[:, axis]) for axis in range(3)], 1)


STYLES = {"short": Style(12000, 0.0068, _grow_short), "bob": Style(9500, 0.0085, _grow_bob)}
