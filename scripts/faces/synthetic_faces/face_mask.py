"""Masks of cloth or paper over nose and mouth. Needs numpy only."""
import numpy as np

from synthetic_faces.solids import joined, sheet, tube

ROWS, COLUMNS, HALF_WIDTH = 15, 21, 0.57  # the width in decimetres of the neutral body's frontal view
EAR = np.array([0.78, 7.30, 0.22])  # where the straps go at rest
SMOOTHINGS = 8


class FaceMask:
    """A sheet bound to the skin of any posed person."""

    def __init__(self, body):
        bindings = [_bound(body.mesh, u, v) for v in np.linspace(0, 1, ROWS) for u in np.linspace(-1, 1, COLUMNS)]
        self._ids = np.array([ids for ids, _ in bindings])
        self._weights = np.array([weights for _, weights in bindings])

    def on(self, draw, surface, head):
        """Returns Solids; surface: Nx3 posed vertices of the base mesh; head: 4x4 posed_from_rest."""
        points = (surface[self._ids] * self._weights[..., None]).sum(1).reshape(ROWS, COLUMNS, 3)
        slipped = draw.choice([0, 0, 0, 4])  # rows that are missing: the nose looks out
        points = _smoothed(points)[slipped:]
        normals = np.cross(np.gradient(points, axis=1), -np.gradient(points, axis=0))
        normals /= np.linalg.norm(normals, axis=2, keepdims=True)
        down, across = (np.sin(np.linspace(0.12, np.pi - 0.12, count)) for count in (len(points), COLUMNS))
        pleats = draw.choice([0, 0.008]) * np.sin(np.linspace(0, 6 * np.pi, len(points)))[:, None]
        points = points + normals * (0.03 + draw.uniform(0.03, 0.14) * np.outer(down, across) + pleats)[..., None]
        points = np.concatenate([points, points[-1:] + head[:3, :3] @ np.array([0, -0.03, -0.15])])
        colour = draw.choice([(0.35, 0.55, 0.65), (0.75, 0.75, 0.75), (0.01, 0.01, 0.01),
                              [draw.uniform(0.02, 0.7) for _ in range(3)]])
        looks = {"colour": colour, "specular": 0.02, "roughness": 0.8}
        straps = [_strap(points[row, column], side, head, looks) for row in (1, -4)
                  for side, column in ((-1, 0), (1, -1))]
        return [sheet(points[::-1], **looks), joined(straps)]


def _bound(mesh, u, v):
    """The skin at u -1..1 across and v 0..1 down, nearer to the middle where it would lie beside the face."""
    top, bottom = 7.20 - 0.17 * u * u, 6.42 + 0.46 * u * u
    place, middle = np.array([u * HALF_WIDTH, top + (bottom - top) * v]), np.array([0, 6.9])
    for share in np.linspace(0, 0.5, 26):
        hit = mesh.project_front(*(place * (1 - share) + middle * share))
        if hit is not None:
            return hit
    raise ValueError(f"no skin under the mask at {u}, {v}")


def _smoothed(points):
    for _ in range(SMOOTHINGS):
        around = np.pad(points, ((1, 1), (1, 1), (0, 0)), "edge")
        beside = around[:-2, 1:-1] + around[2:, 1:-1] + around[1:-1, :-2] + around[1:-1, 2:]
        points = 0.2 * (points + beside)
    return points


def _strap(start, side, head, looks):
    end = head[:3, :3] @ (EAR * (side, 1, 1)) + head[:3, 3]
    outward = head[:3, :3] @ np.array([side * 0.06, 0, 0])
    t = np.linspace(0, 1, 7)[:, None]
    return tube(start * (1 - t) + end * t + outward * np.sin(np.pi * t), 0.012, **looks)
