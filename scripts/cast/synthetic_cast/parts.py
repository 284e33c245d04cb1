"""The parts of a figure other than hair: which faces they have and how they follow the body. Needs numpy only."""
from dataclasses import dataclass

import numpy as np

from synthetic_cast.base_mesh import smoothstep

COLLAR_HEIGHT = 5.93
SHIRT_GAP = 0.02  # decimetres between shoulders and shirt


@dataclass
class MouthPart:
    """A helper group of the base mesh and how it looks; the colour is linear RGB."""
    group: str
    colour: tuple
    roughness: float
    subsurface: float


TEETH_COLOUR = (0.70, 0.66, 0.56)
MOUTH_PARTS = [
    MouthPart("upper-teeth", TEETH_COLOUR, 0.25, 0.15),
    MouthPart("lower-teeth", TEETH_COLOUR, 0.25, 0.15),
    MouthPart("tongue", (0.42, 0.13, 0.12), 0.35, 0.0),
]


def compact(faces, vertex_count):
    """Returns (ids of the vertices in use, faces over those ids)."""
    ids = np.unique([i for face in faces for i in face])
    new_id = np.full(vertex_count, -1)
    new_id[ids] = np.arange(len(ids))
    return ids, [[new_id[i] for i in face] for face in faces]


def skin_faces(mesh):
    """Returns the faces of head, neck and shoulders."""
    neutral = mesh.neutral
    return [face for face in mesh.faces
            if neutral[face][:, 1].min() > 5.45 and np.abs(neutral[face][:, 0]).max() < 2.2]


def over_collar(rest):
    """Returns how far above the shirt's collar Nx3 places of the neutral body are, in decimetres."""
    return rest[:, 1] - (COLLAR_HEIGHT - 0.15 * (rest[:, 2] - 0.1))


class Shirt:
    """The tights helper, cut at the collar: there is a hole where `neck` is above 0.

    Above the chest it follows the nearest skin instead of the helper, so that the neck stays inside.
    """

    def __init__(self, mesh):
        neutral = mesh.neutral
        self.source_faces = [face for face in mesh.group_faces("helper-tights")
                             if neutral[face][:, 1].max() < 6.48 and neutral[face][:, 1].min() > 3.2
                             and np.abs(neutral[face][:, 0]).max() < 3.2]
        self.ids, self.faces = compact(self.source_faces, len(neutral))
        rest = neutral[self.ids]
        self.neck = over_collar(rest)
        upper_skin = np.array([i for i in np.unique(mesh.triangles) if 4.9 < neutral[i, 1] < 6.5])
        nearest = [np.argmin(((neutral[upper_skin] - position) ** 2).sum(1)) for position in rest]
        self._skin = upper_skin[nearest]
        normals = mesh.vertex_normals(neutral)[self._skin]
        self._offset = SHIRT_GAP * normals / np.linalg.norm(normals, axis=1, keepdims=True)
        self._weight = smoothstep(5.0, 5.5, rest[:, 1])[:, None]

    def on(self, vertices):
        """Returns the shirt's vertices on the posed body."""
        on_skin = vertices[self._skin] + self._offset
        return vertices[self.ids] * (1 - self._weight) + on_skin * self._weight


@dataclass
class EyeParts:
    """Faces of both eyeballs over the eyes' own vertices, their corners' uvs, and which belong to the cornea."""
    faces: list
    uvs: list
    is_cornea: np.ndarray


def eye_parts(garment):
    """Returns the EyeParts of the eyes as a garment."""
    faces = next(iter(garment.mesh.groups.values()))
    uvs = [garment.mesh.uvs[uv_ids] for _, uv_ids in faces]
    centres = np.array([corners.mean(0) for corners in uvs])
    is_cornea = (centres[:, 0] > 0.86) & (centres[:, 1] < 0.14)
    return EyeParts([ids for ids, _ in faces], uvs, is_cornea)
