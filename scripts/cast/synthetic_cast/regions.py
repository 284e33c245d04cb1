"""Where on the body the face, lips, beard, hairline and so on are: one weight per vertex of the base mesh."""
import numpy as np

from synthetic_cast.base_mesh import BODY_VERTICES, signed_distance, smoothstep
from synthetic_cast.landmarks import RIGHT_JAW

UPPER_LIP = [402, 407, 363, 375, 5340, 5364, 5334, 355, 356, 357, 362]
LOWER_LIP = [404, 405, 406, 480, 486, 492]
LID_RIM = [0, 1, 6, 9, 12, 15, 18, 21, 54, 57, 60, 63, 24, 27, 30, 33, 36, 41, 44, 47, 50, 53]
FOREHEAD_OUTLINE = np.array([(0.70, 7.75), (0.60, 8.0), (0.42, 8.13), (0.2, 8.18), (0, 8.19)])

# Height of the hairline over the azimuth around the head, in degrees from the nose.
HAIRLINE_AZIMUTH = [0, 20, 38, 52, 62, 74, 86, 96, 112, 135, 180]
HAIRLINE_HEIGHT = [8.20, 8.20, 8.12, 7.98, 7.72, 7.42, 7.30, 7.52, 7.35, 6.92, 6.75]


class Regions:
    """Per-vertex weights 0..1.

    Except: face_distance (decimetres in the frontal view, negative inside the face), above_hairline
    (decimetres) and azimuth (degrees from the nose around the head).
    """

    def __init__(self, mesh):
        vertices = mesh.neutral
        x, y, z = vertices.T
        self._mesh = mesh
        self.lip = np.where(z > 1.2, 1 - smoothstep(-0.014, 0.006, self._lip_distance()), 0.0)
        self.inside_mouth = self._inside_mouth()
        self.azimuth = np.degrees(np.arctan2(np.abs(x), z - 0.45))
        hairline = np.interp(self.azimuth, HAIRLINE_AZIMUTH, HAIRLINE_HEIGHT)
        self.above_hairline = np.where(y > 6.4, y - hairline, -1.0)
        self.ear = self._ear()
        distance = self._face_distance()
        self.face_distance = np.where(z > 0.2, distance, 1.0)
        self.face = (1 - smoothstep(-0.02, 0.03, distance)) * smoothstep(0.25, 0.45, z)
        self.cheek = self._blob_pair((0.45, 7.05, 1.25), (0.22, 0.2, 0.4))
        self.nose = self._blob((0, 7.12, 1.62), (0.15, 0.14, 0.25))
        self.under_eye = self._blob_pair((0.28, 7.36, 1.37), (0.17, 0.055, 0.3))
        self.upper_lid = self._blob_pair((0.29, 7.56, 1.38), (0.20, 0.07, 0.3))
        self.lid_rim = np.zeros(len(vertices))
        self.lid_rim[LID_RIM] = 1
        self.lid_rim[mesh.mirror[LID_RIM]] = 1
        self.beard = self._beard()
        self.forehead = self._blob((0, 7.95, 1.35), (0.45, 0.16, 0.4))
        self.crows_feet = self._blob_pair((0.53, 7.47, 1.15), (0.09, 0.12, 0.2))

    def _blob(self, centre, size):
        return np.exp(-(((self._mesh.neutral - centre) / size) ** 2).sum(1))

    def _blob_pair(self, centre, size):
        return self._blob(centre, size) + self._blob((-centre[0], *centre[1:]), size)

    def _closed_outline(self, ids):
        """Frontal outline of ids on the subject's right, the last on the middle line, and of their mirror."""
        frontal = self._mesh.neutral[:, :2]
        return [frontal[i] for i in ids] + [frontal[self._mesh.mirror[i]] for i in ids[-2::-1]]

    def _lip_distance(self):
        frontal, mirror = self._mesh.neutral[:, :2], self._mesh.mirror
        lower = [frontal[mirror[i]] for i in LOWER_LIP] + [frontal[i] for i in LOWER_LIP[-2::-1]]
        return signed_distance(frontal, np.array(self._closed_outline(UPPER_LIP) + lower))

    def _face_distance(self):
        jaw = np.array(self._closed_outline(RIGHT_JAW))
        outline = np.vstack([jaw, FOREHEAD_OUTLINE, (FOREHEAD_OUTLINE * (-1, 1))[-2::-1]])
        return signed_distance(self._mesh.neutral[:, :2], outline)

    def _inside_mouth(self):
        """The mouth cavity: what the closed lips hide."""
        vertices = self._mesh.neutral
        x, y, z = vertices.T
        inside = np.zeros(len(vertices))
        near_mouth = (np.abs(x) < 0.36) & (y > 6.5) & (y < 7.3) & (z > 0.2)
        for i in np.where(near_mouth & (np.arange(len(vertices)) < BODY_VERTICES))[0]:
            triangle, weights = self._mesh.project_front(x[i], y[i])
            hidden = (vertices[triangle, 2] * weights).sum() > z[i] + 0.02
            inside[i] = float(hidden and (y[i] < 6.98 or z[i] < 1.3))
        return inside

    def _ear(self):
        x, y, z = self._mesh.neutral.T
        moves_with_ear = np.zeros(len(x))
        for side in "lr":
            moves_with_ear[self._mesh.assets.morph(f"ears/{side}-ear-scale-incr")[0]] = 1
        box = (np.abs(x) > 0.70) & (y > 6.6) & (y < 7.75) & (z < 0.75) & (z > -0.3)
        return (box & (moves_with_ear > 0)).astype(float)

    def _beard(self):
        x, y, z = self._mesh.neutral.T
        beard = (1 - smoothstep(7.02, 7.16, y)) * smoothstep(6.02, 6.3, y) * smoothstep(0.25, 0.5, z)
        beard = beard * (1 - self.lip)
        below_cheek = smoothstep(0.0, 0.16, (6.98 + 0.25 * smoothstep(0.35, 0.75, np.abs(x))) - y)
        moustache = (y < 7.0) & (np.abs(x) < 0.3)
        return beard * np.maximum(below_cheek, moustache * 0.9)
