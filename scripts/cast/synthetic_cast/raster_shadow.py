"""Shadows and how open a place is to the sky, from depth maps. Needs numpy only."""
import math

import numpy as np

from synthetic_cast.raster_kernel import floats

CENTRE = np.array((0.0, 7.15, 0.2))  # decimetres; what the maps are centred on
SHADOW_SIZE, SHADOW_RADIUS = 288, 1.9  # pixels, decimetres
SKY_SIZE, SKY_RADIUS, SKY_DIRECTIONS = 128, 2.6, 64
SHADOW_BIAS, SKY_BIAS, HAIR_BIAS = 0.03, 0.06, 0.05  # decimetres
SURFACE_TAPS, HAIR_TAPS = 16, 5
FARTHEST_BLOCKER = 0.8  # decimetres from its shadow, for the softness of the shadow
HAIR_STRIDE, HAIR_WIDEN = 3, 2.0


def parallel_view(toward, size, radius):
    """Returns 3x4 rows: map x and y in pixels, and the distance against the direction `toward` the light."""
    toward = toward / np.linalg.norm(toward)
    right = np.cross((0, 0, 1) if abs(toward[1]) > 0.9 else (0, 1, 0), toward)
    right /= np.linalg.norm(right)
    up = np.cross(toward, right)
    scale = size / (2 * radius)
    axes = np.stack([right * scale, up * scale, -toward])
    return floats(np.c_[axes, np.array((size / 2, size / 2, 0)) - axes @ CENTRE])


def shadows(kernel, pose, lights):
    """Returns what of each of the scene's lights arrives: (lights x vertices, lights x strand points)."""
    scale = SHADOW_SIZE / (2 * SHADOW_RADIUS)
    points = pose.positions + 0.02 * pose.normals
    surface, strands = [], []
    for light in lights:
        toward = np.array(light["pos"], float) - CENTRE
        rows = parallel_view(toward, SHADOW_SIZE, SHADOW_RADIUS)
        depths = kernel.map_depths(rows, SHADOW_SIZE, pose.mesh, len(pose.positions), pose.scalp,
                                   scale, HAIR_WIDEN, HAIR_STRIDE)
        spread = light["size"] / 2 / np.linalg.norm(toward) * scale
        reach = max(2.0, spread * FARTHEST_BLOCKER)
        surface.append(kernel.lit_points(rows, depths, points, SHADOW_BIAS, spread, reach, SURFACE_TAPS))
        strands.append(kernel.lit_points(rows, depths, pose.points, HAIR_BIAS, spread, min(reach, 3.0), HAIR_TAPS))
    return np.array(surface), floats(np.array(strands))


def openness(kernel, pose):
    """Returns the visible part of the sky per vertex (weighted by the cosine) and per strand point."""
    counts = len(pose.positions), len(pose.points)
    sums = [(np.zeros(count, np.float32), np.zeros(count, np.float32)) for count in counts]
    points = pose.positions + floats(0.02 * pose.normals)
    scale = SKY_SIZE / (2 * SKY_RADIUS)
    for direction in _even_directions(SKY_DIRECTIONS):
        rows = parallel_view(direction, SKY_SIZE, SKY_RADIUS)
        depths = kernel.map_depths(rows, SKY_SIZE, pose.mesh, len(pose.positions), pose.scalp,
                                   scale, HAIR_WIDEN, HAIR_STRIDE)
        toward = floats(direction)
        kernel.add_openness(rows, depths, points, pose.normals, toward, SKY_BIAS, *sums[0])
        kernel.add_openness(rows, depths, pose.points, None, toward, SKY_BIAS, *sums[1])
    return [free / np.maximum(weight, 1e-6) for free, weight in sums]


def _even_directions(count):
    heights = 1 - 2 * (np.arange(count) + 0.5) / count
    angles = math.pi * (1 + math.sqrt(5)) * np.arange(count)
    radii = np.sqrt(1 - heights ** 2)
    return np.stack([radii * np.cos(angles), heights, radii * np.sin(angles)], 1)
