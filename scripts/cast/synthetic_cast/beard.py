"""Beards and moustaches, bound to skin triangles so that they follow the mouth. Needs numpy only."""
import numpy as np

from synthetic_cast.base_mesh import smoothstep
from synthetic_cast.brows_and_lashes import BoundStrands
from synthetic_cast.errors import WRONG_USAGE, CastError

DENSITY = 650  # strands a square decimetre
BEARD_RADII = np.array([0.0085, 0.0080, 0.0065, 0.0030])
FREE_LENGTH = 0.16  # decimetres from the root

# Where a beard grows, by (|x|, y) of the neutral body in decimetres. To add a shape: one row.
SHAPES = {
    "full": lambda x, y: smoothstep(6.12, 6.30, y),
    "moustache": lambda x, y: smoothstep(6.83, 6.87, y) * (1 - smoothstep(0.28, 0.36, x)),
    "goatee": lambda x, y: (1 - smoothstep(0.26, 0.36, x)) * smoothstep(6.25, 6.32, y),
    "chin": lambda x, y: (1 - smoothstep(0.26, 0.36, x)) * smoothstep(6.25, 6.32, y) * (1 - smoothstep(6.58, 6.64, y)),
}


def beard_strands(person, seed=7):
    """Returns (BoundStrands of four points, Nx4 face mask) of the person's beard; what hangs free is no face.

    The identity's `beard` holds `shape`, a row of SHAPES, and `length` in decimetres.
    """
    look = person.identity["beard"]
    if look["shape"] not in SHAPES:
        raise CastError(WRONG_USAGE, f"There is no beard '{look['shape']}'; choose one of {', '.join(SHAPES)}.")
    rng = np.random.RandomState(seed)
    body = person.body
    x, y, _ = body.mesh.neutral.T
    density = body.regions.beard * SHAPES[look["shape"]](np.abs(x), y)
    triangles = body.mesh.triangles[density[body.mesh.triangles].max(1) > 0.05]
    corners = person.vertices[triangles]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    areas = np.linalg.norm(normals, axis=1)
    share = areas * density[triangles].mean(1)
    chosen = rng.choice(len(triangles), int(DENSITY * share.sum()), p=share / share.sum())
    roots = rng.dirichlet((1, 1, 1), len(chosen))
    points = _points(corners[chosen], normals[chosen] / areas[chosen, None], look["length"], rng)
    mask = np.clip((body.regions.face[triangles[chosen]] * roots).sum(1), 0, 1)
    lies_on_skin = look["length"] * np.linspace(0, 1, len(BEARD_RADII)) < FREE_LENGTH
    return BoundStrands(triangles[chosen], roots, points), mask[:, None] * lies_on_skin


def _points(corners, normals, length, rng):
    """Strands in the frames of their triangles: out of the skin, then down along it."""
    count = len(corners)
    lengths = length * rng.uniform(0.6, 1.2, (count, 1, 1))
    aside = np.sign(corners[:, :, 0].mean(1)) * 0.35
    down = np.stack([aside, np.full(count, -1.0), np.full(count, 0.1)], 1) + rng.normal(size=(count, 3)) * 0.18
    down -= normals * (down * normals).sum(1, keepdims=True)
    down /= np.linalg.norm(down, axis=1, keepdims=True)
    t = np.linspace(0, 1, len(BEARD_RADII))[None, :, None]
    strands = lengths * (down[:, None] * t + normals[:, None] * (0.40 * t - 0.30 * t ** 2))
    strands = strands + normals[:, None] * 0.006
    edges = np.stack([corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0], normals * 0.1], 2)
    return np.einsum("nij,nkj->nki", np.linalg.inv(edges), strands)
