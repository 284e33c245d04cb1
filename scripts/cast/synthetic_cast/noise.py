"""Noise of points in space, as the skin needs it. Needs numpy only."""
import numpy as np

CONTRAST = 1.4  # sums of octaves stay near the middle

def _hashed(cells, salt):
    """Numbers 0..1 for Nx3 whole-numbered cells."""
    x, y, z = (cells[:, axis].astype(np.int64).astype(np.uint64) for axis in range(3))
    bits = x * np.uint64(73856093) ^ y * np.uint64(19349663) ^ z * np.uint64(83492791) ^ np.uint64(salt * 2654435761)
    bits = (bits ^ (bits >> np.uint64(16))) * np.uint64(0x45d9f3b)
    bits = (bits ^ (bits >> np.uint64(15))) * np.uint64(0x2c1b3c6d)
    return ((bits ^ (bits >> np.uint64(13))) & np.uint64(0xffffff)).astype(float) / 0xffffff


def value_noise(points, scale, octaves, salt=1):
    """Returns N values around 0.5, with features of size 1 / scale and finer ones."""
    total, amplitude, amplitudes = np.zeros(len(points)), 1.0, 0.0
    for octave in range(octaves):
        at = points * scale * 2 ** octave + 17.3 * octave
        cells = np.floor(at)
        f = at - cells
        f = f * f * (3 - 2 * f)
        value = np.zeros(len(points))
        for corner in np.ndindex(2, 2, 2):
            weight = np.where(np.array(corner) == 1, f, 1 - f).prod(1)
            value += weight * _hashed(cells + corner, salt + octave)
        total += amplitude * value
        amplitudes += amplitude
        amplitude *= 0.6
    return 0.5 + CONTRAST * (total / amplitudes - 0.5)


def cells(points, scale, salt=1):
    """Returns (distance to the nearest of one random point a cell, a random number of that point)."""
    at = points * scale
    base = np.floor(at)
    nearest, number = np.full(len(points), 9.0), np.zeros(len(points))
    for corner in np.ndindex(3, 3, 3):
        cell = base + np.array(corner) - 1
        centre = cell + np.stack([_hashed(cell, salt + axis) for axis in range(3)], 1)
        distance = np.linalg.norm(at - centre, axis=1)
        closer = distance < nearest
        nearest[closer], number[closer] = distance[closer], _hashed(cell, salt + 3)[closer]
    return nearest, number
