"""Things made of triangles: tubes, turned shapes, boxes and sheets, with their looks. Needs numpy only."""
from dataclasses import dataclass, replace

import numpy as np

from synthetic_cast import raster_kernel as k

OPENNESS = 0.8  # of the sky, as things in the open see it


@dataclass
class Solid:
    """positions: Nx3 in decimetres; triangles: Mx3, anticlockwise from outside; colour: linear RGB, 3 or Nx3.

    in_front: whether it hides the face (class 3) or belongs to the person (class 2). lets_through: the part of
    light that passes a lens, 0..1; 0 for what is solid.
    """
    positions: np.ndarray
    triangles: np.ndarray
    colour: np.ndarray
    in_front: bool = True
    specular: float = 0.04
    roughness: float = 0.5
    lets_through: float = 0.0

    def moved(self, transform):
        """Returns the solid after a 4x4 transform."""
        return replace(self, positions=self.positions @ transform[:3, :3].T + transform[:3, 3])

    def attributes(self, kernel):
        """Returns the Nx19 attributes of the rasteriser's vertices."""
        out = np.zeros((len(self.positions), k.ATTRIBUTE_COUNT), np.float32)
        triangles = np.ascontiguousarray(self.triangles, np.int32)
        out[:, k.NORMAL] = kernel.unit_normals(k.floats(self.positions), triangles)
        out[:, k.ALBEDO] = self.colour
        out[:, k.SPECULAR], out[:, k.ROUGHNESS], out[:, k.OPENNESS] = self.specular, self.roughness, OPENNESS
        return out


def sheet(points, around=False, **looks):
    """Returns a Solid of a UxVx3 grid; around: the last column joins the first."""
    rows, columns = points.shape[:2]
    ids = np.arange(rows * columns).reshape(rows, columns)
    if around:
        ids = np.c_[ids, ids[:, :1]]
    a, b, c, d = ids[:-1, :-1].ravel(), ids[:-1, 1:].ravel(), ids[1:, 1:].ravel(), ids[1:, :-1].ravel()
    return Solid(points.reshape(-1, 3), np.concatenate([np.stack([a, b, c], 1), np.stack([a, c, d], 1)]), **looks)


def tube(path, radius, closed=False, sides=8, **looks):
    """Returns a tube along a Kx3 path; radius: a number or K of them."""
    path = np.asarray(path, float)
    radius = np.broadcast_to(radius, len(path))
    if closed:
        ahead = np.roll(path, -1, 0) - np.roll(path, 1, 0)
    else:
        ahead = np.gradient(path, axis=0)
    ahead /= np.maximum(np.linalg.norm(ahead, axis=1, keepdims=True), 1e-9)
    spread = path.max(0) - path.min(0)
    first = np.cross(ahead, np.eye(3)[int(np.argmin(spread))])
    first /= np.maximum(np.linalg.norm(first, axis=1, keepdims=True), 1e-9)
    second = np.cross(ahead, first)
    angles = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    rings = (path[:, None] + radius[:, None, None] * (np.cos(angles)[None, :, None] * first[:, None]
                                                      + np.sin(angles)[None, :, None] * second[:, None]))
    if closed:
        rings = np.concatenate([rings, rings[:1]])
    else:
        rings = np.concatenate([path[None, :1].repeat(sides, 1), rings, path[None, -1:].repeat(sides, 1)])
    return sheet(rings, around=True, **looks)


def turned(profile, sides=20, **looks):
    """Returns the shape of a profile, K x (radius, height), turned about the y axis."""
    profile = np.asarray(profile, float)
    angles = np.linspace(0, 2 * np.pi, sides, endpoint=False)
    rings = np.stack([profile[:, :1] * np.sin(angles), np.repeat(profile[:, 1:], sides, 1),
                      profile[:, :1] * np.cos(angles)], 2)
    return sheet(rings, around=True, **looks)


def ball(radius, **looks):
    """Returns a ball about the origin."""
    angles = np.linspace(-np.pi / 2, np.pi / 2, 13)
    return turned(np.stack([radius * np.cos(angles), radius * np.sin(angles)], 1), **looks)


def box(size, **looks):
    """Returns a box about the origin, with sharp edges."""
    faces = []
    for axis in range(3):
        for side in (-1, 1):
            u, v = np.eye(3)[(axis + 1) % 3], np.eye(3)[(axis + 2) % 3] * side
            corners = [side * np.eye(3)[axis] + s * u + t * v for s, t in ((-1, -1), (1, -1), (1, 1), (-1, 1))]
            faces.append(np.array(corners) * np.asarray(size) / 2)
    starts = 4 * np.arange(6)[:, None]
    triangles = np.concatenate([starts + (0, 1, 2), starts + (0, 2, 3)])
    return Solid(np.concatenate(faces), triangles, **looks)


def joined(solids):
    """Returns solids of the same look as one."""
    starts = np.r_[0, np.cumsum([len(solid.positions) for solid in solids])]
    return replace(solids[0], positions=np.concatenate([solid.positions for solid in solids]),
                   triangles=np.concatenate([solid.triangles + start for solid, start in zip(solids, starts)]),
                   colour=np.concatenate([np.broadcast_to(solid.colour, solid.positions.shape) for solid in solids]))


def placement(position, rotation=np.eye(3)):
    """Returns the 4x4 transform that turns about the origin and moves it to a position."""
    transform = np.eye(4)
    transform[:3, :3], transform[:3, 3] = rotation, position
    return transform


def facing(ahead, up):
    """Returns the 3x3 rotation that takes z to `ahead` and y as near to `up` as can be."""
    z = ahead / np.linalg.norm(ahead)
    x = np.cross(up, z)
    x /= np.linalg.norm(x)
    return np.stack([x, np.cross(z, x), z], 1)
