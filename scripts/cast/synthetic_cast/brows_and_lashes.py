"""Brows, bound to skin triangles so that they follow expressions; lashes, grown from posed lid margins."""
import math
from dataclasses import dataclass

import numpy as np

from synthetic_cast.landmarks import brow_curve

BROW_RADII = np.array([0.0034, 0.0034, 0.0030, 0.0022, 0.0008])
LASH_RADII = np.array([0.0040, 0.0038, 0.0032, 0.0024, 0.0015, 0.0006])

# Lid margins of the subject's right eye, inner to outer corner: (inner edge vertex, outer edge vertex).
UPPER_LID = [(18, 4853), (15, 4852), (12, 4851), (9, 4850), (6, 4849),
             (0, 4848), (1, 4847), (54, 4865), (57, 4866), (60, 4867)]
LOWER_LID = [(30, 4857), (33, 4858), (36, 4859), (41, 4860), (44, 4861), (47, 4862), (50, 4863)]
LASH_ROWS = ((UPPER_LID, 62, 0.118), (LOWER_LID, 34, 0.055))


@dataclass
class BoundStrands:
    """Strands in the frames of their root triangles.

    triangles: Nx3; roots: Nx3 barycentric; points: NxKx3 multiples of two edges and a tenth of the normal.
    """
    triangles: np.ndarray
    roots: np.ndarray
    points: np.ndarray

    def on(self, vertices):
        """Returns the NxKx3 strands on posed vertices."""
        corners = vertices[self.triangles]
        edge1, edge2 = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
        normal = np.cross(edge1, edge2)
        normal *= 0.1 / np.linalg.norm(normal, axis=1, keepdims=True)
        root = (corners * self.roots[..., None]).sum(1)
        return (root[:, None] + self.points[..., :1] * edge1[:, None] + self.points[..., 1:2] * edge2[:, None]
                + self.points[..., 2:] * normal[:, None])


def brow_strands(person, seed=5):
    """Returns the person's brows as BoundStrands of five points."""
    rng = np.random.RandomState(seed)
    triangles, roots, points = [], [], []
    for is_left in (False, True):
        for _ in range(person.brow["n"]):
            position, direction, length, u = _draw_brow_hair(person.brow, rng)
            if is_left:
                position, direction = position * (-1, 1), direction * (-1, 1)
            hit = person.body.mesh.project_front(*position)
            if hit is None:
                continue
            triangle, weights = hit
            triangles.append(triangle)
            roots.append(weights)
            points.append(_brow_hair_points(person.vertices[triangle], direction, length, u))
    return BoundStrands(np.array(triangles), np.array(roots), np.array(points))


def _draw_brow_hair(brow, rng):
    """Root and direction in the frontal view, length, and place along the brow (0 = inner end)."""
    u = rng.rand() ** 0.9
    before, after = (brow_curve(end, brow["arch"]) for end in (max(u - 0.02, 0), min(u + 0.02, 1)))
    along = (after - before) / np.linalg.norm(after - before)
    thickness = brow["width"] * np.interp(u, [0, 0.12, 0.5, 0.8, 1], [0.030, 0.040, 0.036, 0.022, 0.006])
    v = rng.uniform(-1, 1)
    position = brow_curve(u, brow["arch"]) + np.array([-along[1], along[0]]) * v * thickness
    upward = np.array([along[1], -along[0]])
    upward = upward if upward[1] > 0 else -upward
    lean = np.interp(u, [0, 0.2, 0.5, 1], [1.3, 0.6, 0.25, 0.05]) - 0.45 * v * (u > 0.3)
    direction = along + upward * (lean + rng.normal() * 0.18)
    direction /= np.linalg.norm(direction)
    length = np.interp(u, [0, 0.3, 0.7, 1], [0.065, 0.085, 0.075, 0.05]) * rng.uniform(0.7, 1.2)
    return position, direction, length, u


def _brow_hair_points(corners, direction, length, u):
    edge1, edge2 = corners[1] - corners[0], corners[2] - corners[0]
    (x1, y1, z1), (x2, y2, z2) = edge1, edge2
    normal = np.array([y1 * z2 - z1 * y2, z1 * x2 - x1 * z2, x1 * y2 - y1 * x2])
    normal /= np.linalg.norm(normal)
    forward = np.array([direction[0], direction[1], 0])
    forward -= normal * (forward @ normal)
    forward /= np.linalg.norm(forward)
    t = np.linspace(0, 1, len(BROW_RADII))[:, None]
    rise = normal * (0.004 + length * (0.28 * t - 0.22 * t ** 2))
    droop = np.array([0, -0.25 * length, 0]) * t ** 2 * np.interp(u, [0, 1], [0.1, 0.6])
    strand = forward * length * t + rise + droop
    return np.linalg.solve(np.stack([edge1, edge2, normal * 0.1], 1), strand.T).T


class Lashes:
    """Lashes that grow from posed lid margins; the seed keeps them in place over a clip. amount: 0..1."""

    def __init__(self, mesh, amount, seed=9):
        rng = np.random.RandomState(seed)
        self._rows = [self._row(mesh, amount, row, is_left, rng) for is_left in (False, True) for row in LASH_ROWS]

    def on(self, vertices):
        """Returns Nx6x3 lashes on posed vertices."""
        return np.concatenate([row.on(vertices) for row in self._rows])

    @staticmethod
    def _row(mesh, amount, row, is_left, rng):
        lid, full_count, full_length = row
        margin = np.array(lid)
        margin = mesh.mirror[margin] if is_left else margin
        count = int(full_count * (0.6 + 0.4 * amount))
        draws = [(rng.uniform(0.1, 0.9), rng.uniform(0.8, 1.15), rng.normal(size=3)) for _ in range(count)]
        places = (np.arange(count) + [draw[0] for draw in draws]) / count
        lengths = full_length * (0.5 + 0.5 * amount) * np.array([draw[1] for draw in draws])
        return LashRow(margin, places, lengths, np.array([draw[2] for draw in draws]) * 0.07)


@dataclass
class LashRow:
    """One lid's lashes. margin: Mx2 inner and outer edge; places: N, 0..1 along the lid; jitter: Nx3."""
    margin: np.ndarray
    places: np.ndarray
    lengths: np.ndarray
    jitter: np.ndarray

    def on(self, vertices):
        """Returns Nx6x3 lashes on posed vertices."""
        inner, outer = vertices[self.margin[:, 0]], vertices[self.margin[:, 1]]
        last = len(inner) - 1
        i = np.minimum((self.places * last).astype(int), last - 1)
        f = (self.places * last - i)[:, None]
        root = inner[i] * (1 - f) + inner[i + 1] * f
        outside = outer[i] * (1 - f) + outer[i + 1] * f
        along = _unit(inner[i] - inner[i + 1])
        down = root - outside
        down = _unit(down - along * (down * along).sum(1, keepdims=True))
        out = np.cross(along, down)
        out *= np.where(out[:, 2:] < 0, -1, 1)
        fan = ((0.5 - self.places) * 0.9)[:, None, None]
        longest = 0.55 + 0.45 * np.sin(math.pi * np.minimum(1, 0.15 + 0.85 * (1 - self.places)))
        t = np.linspace(0, 1, len(LASH_RADII))[:, None]
        bend = (out[:, None] * (0.85 * t) + down[:, None] * (0.30 * t - 0.72 * t ** 2)
                + along[:, None] * fan * t + self.jitter[:, None] * t ** 2)
        return root[:, None] + out[:, None] * 0.003 + (self.lengths * longest)[:, None, None] * bend


def lash_radii(amount):
    """Returns the radii along a lash."""
    return LASH_RADII * (0.7 + 0.3 * amount)


def _unit(vectors):
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
