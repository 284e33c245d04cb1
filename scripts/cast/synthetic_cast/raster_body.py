"""What all persons share in the rasteriser: the refined mesh of skin, mouth, shirt and eyes. Needs numpy only."""
import numpy as np

from synthetic_cast.parts import MOUTH_PARTS, Shirt, compact, eye_parts, over_collar, skin_faces
from synthetic_cast.raster_skin import SkinPattern
from synthetic_cast.subdivision import smoothing_rows, subdivide

HIDDEN_BELOW_COLLAR = 0.15  # decimetres


class RasterBody:
    """The mesh: refined parts first (`part_of` numbers them), then the corners of the eyeballs' faces, not welded.

    SKIN is the number of the skin, then come MOUTH_PARTS, then the shirt.
    """

    SKIN, FIRST_MOUTH = 0, 1
    SHIRT = FIRST_MOUTH + len(MOUTH_PARTS)

    def __init__(self, body, kernel):
        self.body, self.kernel = body, kernel
        mesh = body.mesh
        self.shirt = Shirt(mesh)
        groups = [skin_faces(mesh)] + [mesh.group_faces("helper-" + part.group) for part in MOUTH_PARTS]
        followed = [compact(faces, len(mesh.base)) for faces in groups]
        self.followed_ids = np.concatenate([ids for ids, _ in followed])
        parts = [(len(ids), faces) for ids, faces in followed] + [(len(self.shirt.ids), self.shirt.faces)]
        counts = [count for count, _ in parts]
        starts = np.r_[0, np.cumsum(counts)]
        quads = np.concatenate([np.array(faces) + start for (_, faces), start in zip(parts, starts)])
        self._rows, quads = subdivide(quads, starts[-1])
        belongs = np.eye(len(parts))[np.repeat(np.arange(len(parts)), counts)]
        self.part_of = np.argmax(kernel.apply_rows(self._rows, belongs), 1)
        self.refined_count = len(self.part_of)
        self.refined_triangles = _triangles(quads)
        self.smoothing = smoothing_rows(quads, self.refined_count)
        self._set_up_eyes(body.assets.eyes())
        eye_triangles = self._eye_corner_triangles + np.int32(self.refined_count)
        self.triangles = np.concatenate([self.refined_triangles, eye_triangles])
        self.pattern = SkinPattern(self.refine(mesh.neutral).astype(float))
        self.cut = np.zeros(self.vertex_count, np.float32)
        self.cut[:self.refined_count] = self._holes(self.refine(over_collar(mesh.neutral)[:, None])[:, 0])

    def _holes(self, over_collar):
        """Above 0 where the shirt is above its collar and where the shirt hides the skin."""
        hidden_skin = np.where(self.part_of == self.SKIN, -HIDDEN_BELOW_COLLAR - over_collar, -1)
        return np.where(self.part_of == self.SHIRT, over_collar, hidden_skin)

    def _set_up_eyes(self, garment):
        parts = eye_parts(garment)
        ball = [k for k in range(len(parts.faces)) if not parts.is_cornea[k]]
        faces = np.array([parts.faces[k] for k in ball])
        self._eye_corners = faces.ravel()
        self._eye_triangles = _triangles(faces)
        self._eye_corner_triangles = _triangles(np.arange(faces.size).reshape(-1, 4))
        self.eye_uvs = np.concatenate([parts.uvs[k] for k in ball])
        self.vertex_count = self.refined_count + faces.size

    def refine(self, per_body_vertex):
        """Returns NxK values at the refined vertices (shirt: by its helper's vertices)."""
        ids = np.r_[self.followed_ids, self.shirt.ids]
        return self.kernel.apply_rows(self._rows, per_body_vertex[ids])

    def posed(self, posed):
        """Returns (positions, unit normals) of all vertices."""
        control = np.concatenate([posed.vertices[self.followed_ids], self.shirt.on(posed.vertices)])
        refined = self.kernel.apply_rows(self._rows, control)
        eyes = np.ascontiguousarray(posed.eyes, np.float32)
        positions = np.concatenate([refined, eyes[self._eye_corners]])
        normals = np.concatenate([self.kernel.unit_normals(refined, self.refined_triangles),
                                  self.kernel.unit_normals(eyes, self._eye_triangles)[self._eye_corners]])
        return positions, normals


def _triangles(quads):
    return np.ascontiguousarray(np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]]), np.int32)
