"""The 68 iBUG landmarks, each a convex combination of base-mesh vertices.

Jaw points are equally spaced along the frontal contour of the mesh, brow points lie on the upper brow edge as
dlib's do, the rest are anatomical.
"""
import functools

import numpy as np

# The subject's right side (the picture's left) by vertex id; a tuple is a mean; MIRRORED names the rest.
RIGHT_SIDE = {
    0: 5402, 1: 859, 2: 869, 3: 912, 4: 894, 5: 892, 6: 917, 7: 5293, 8: 5296,
    27: 133, 28: (131, 131, 131, 5063), 29: 201, 30: 5054,
    31: (358, 358, 358, 288), 32: (359, 314), 33: 317,
    36: 21, 37: (6, 0), 38: 54, 39: 4869, 40: 47, 41: (36, 41),
    48: (402, 425), 49: 5354, 50: 450, 51: 455, 57: 492, 58: (486, 486, 480), 59: (406, 406, 405),
    60: 3707, 61: 471, 62: 474, 66: 493, 67: (487, 481),
}
MIRRORED = {
    16: 0, 15: 1, 14: 2, 13: 3, 12: 4, 11: 5, 10: 6, 9: 7,
    35: 31, 34: 32,
    45: 36, 44: 37, 43: 38, 42: 39, 47: 40, 46: 41,
    54: 48, 53: 49, 52: 50, 55: 59, 56: 58, 64: 60, 63: 61, 65: 67,
}
RIGHT_JAW = [RIGHT_SIDE[k] for k in range(9)]

# The subject's right brow in the frontal view, inner to outer.
BROW = np.array([(-0.095, 7.635), (-0.20, 7.685), (-0.32, 7.718), (-0.43, 7.715), (-0.555, 7.645)])
BROW_ARCH = (0, 0.3, 0.9, 1.2, 0.2)
UPPER_BROW_EDGE = 0.024


def brow_curve(u, arch=0.0):
    """Returns the point of the right brow at u, 0 = inner, 1 = outer end (Catmull-Rom)."""
    points = _brow_points(arch)
    s = min(max(u, 0), 0.99999) * 4
    i = int(s)
    f = s - i
    p0, p1, p2, p3 = points[i:i + 4]
    return 0.5 * (2 * p1 + (p2 - p0) * f + (2 * p0 - 5 * p1 + 4 * p2 - p3) * f * f
                  + (3 * p1 - p0 - 3 * p2 + p3) * f ** 3)


@functools.cache
def _brow_points(arch):
    points = BROW + np.array([(0, lift * arch) for lift in BROW_ARCH])
    return np.vstack([2 * points[0] - points[1], points, 2 * points[-1] - points[-2]])


class Landmarks:
    """Binds the landmarks to the mesh: `bindings` holds 68 (vertex ids, weights)."""

    def __init__(self, mesh):
        bindings = {}
        for k, ids in RIGHT_SIDE.items():
            ids = ids if isinstance(ids, tuple) else (ids,)
            bindings[k] = (np.array(ids), np.full(len(ids), 1 / len(ids)))
        self._space_jaw_evenly(mesh, bindings)
        for k, source in MIRRORED.items():
            ids, weights = bindings[source]
            bindings[k] = (mesh.mirror[ids], weights)
        for k, u in zip(range(21, 16, -1), np.linspace(0.02, 0.98, 5)):
            x, y = brow_curve(u)
            y += UPPER_BROW_EDGE
            bindings[k] = mesh.project_front(x, y)
            bindings[43 - k] = mesh.project_front(-x, y)
        self.bindings = [bindings[k] for k in range(68)]

    @staticmethod
    def _space_jaw_evenly(mesh, bindings):
        jaw = np.array(RIGHT_JAW)
        steps = np.linalg.norm(np.diff(mesh.neutral[jaw][:, :2], axis=0), axis=1)
        along = np.r_[0, np.cumsum(steps)]
        for k, s in enumerate(np.linspace(0, along[-1], 9)):
            i = min(int(np.searchsorted(along, s, "right")) - 1, 7)
            f = (s - along[i]) / (along[i + 1] - along[i])
            bindings[k] = (jaw[[i, i + 1]], np.array([1 - f, f]))

    def interpolate(self, per_vertex):
        """Returns 68x3 values of a per-vertex quantity at the landmarks."""
        return np.array([(per_vertex[ids] * weights[:, None]).sum(0) for ids, weights in self.bindings])
