"""The neutral body mesh: faces, mirror map, and the skin under a point of the frontal view."""
import numpy as np

from synthetic_cast.assets import build_morphs

BODY_VERTICES = 13380  # the rest of the base mesh are helpers: clothes, eyes, teeth, tongue, lashes


class BaseMesh:
    """The base mesh and its neutral build; vertex ids are the same for every person.

    base, neutral: Nx3 vertices; faces: body quads; triangles: Mx3; mirror: ids of the vertices opposite.
    """

    def __init__(self, assets):
        self.assets = assets
        mesh = assets.base_mesh()
        self.base = mesh.vertices
        self.neutral = assets.apply_morphs(self.base, build_morphs(0.5, 30))
        self.groups = mesh.groups
        self.faces = self.group_faces("body")
        self.triangles = np.array([t for f in self.faces for t in ((f[0], f[1], f[2]), (f[0], f[2], f[3]))])
        self.mirror = self._mirror_map()
        self._front_triangles = self._find_front_triangles()
        front = self.neutral[self._front_triangles][..., :2]
        self._front_bounds = (front.min(1) - 1e-3).T.copy(), (front.max(1) + 1e-3).T.copy()

    def group_faces(self, group):
        """Returns the faces of a group as lists of vertex ids."""
        return [vertex_ids for vertex_ids, _ in self.groups[group]]

    def group_vertices(self, group):
        """Returns the sorted vertex ids of a group."""
        return np.unique([i for face in self.group_faces(group) for i in face])

    def vertex_normals(self, vertices):
        """Returns the area-weighted, unnormalised normals of the body's vertices."""
        corners = vertices[self.triangles]
        face_normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        return np.stack([np.bincount(self.triangles.ravel(), np.repeat(face_normals[:, axis], 3), len(vertices))
                         for axis in range(3)], 1)

    def _mirror_map(self):
        body = self.base[:BODY_VERTICES]
        by_position = {tuple(np.round(position, 3)): i for i, position in enumerate(body)}
        mirror = np.arange(len(self.base))
        for i, position in enumerate(body):
            reflected = position * (-1, 1, 1)
            key = tuple(np.round(reflected, 3))
            if key in by_position:
                mirror[i] = by_position[key]
            else:
                mirror[i] = int(np.argmin(((body - reflected) ** 2).sum(1)))
        return mirror

    def _find_front_triangles(self):
        corners = self.neutral[self.triangles]
        normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        in_front = (corners[..., 2].max(1) > 0.5) & (corners[..., 1].min(1) > 6.2) & (normals[:, 2] > 0)
        return self.triangles[in_front]

    def project_front(self, x, y):
        """Returns (triangle, barycentric weights) of the front-most skin under (x, y), or None."""
        (left, lowest), (right, highest) = self._front_bounds
        near = (left <= x) & (lowest <= y) & (right >= x) & (highest >= y)
        triangles = self._front_triangles[near]
        a, b, c = (self.neutral[triangles[:, k]][:, :2] for k in range(3))
        v0, v1, v2 = b - a, c - a, np.array([x, y]) - a
        area = v0[:, 0] * v1[:, 1] - v1[:, 0] * v0[:, 1]
        area = np.where(np.abs(area) < 1e-12, 1e-12, area)
        l1 = (v2[:, 0] * v1[:, 1] - v1[:, 0] * v2[:, 1]) / area
        l2 = (v0[:, 0] * v2[:, 1] - v2[:, 0] * v0[:, 1]) / area
        hits = np.where((l1 >= -1e-6) & (l2 >= -1e-6) & (l1 + l2 <= 1 + 1e-6))[0]
        if len(hits) == 0:
            return None
        depths = [(self.neutral[triangles[k], 2] * [1 - l1[k] - l2[k], l1[k], l2[k]]).sum() for k in hits]
        k = hits[int(np.argmax(depths))]
        return triangles[k], np.array([1 - l1[k] - l2[k], l1[k], l2[k]])


def smoothstep(low, high, x):
    """Returns 0 below low, 1 above high, a smooth cubic between."""
    t = np.clip((x - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def signed_distance(points, polygon):
    """Returns the distances of 2-D points to a polygon's outline, negative inside."""
    distance = np.full(len(points), 1e9)
    inside = np.zeros(len(points), bool)
    for p, q in zip(polygon, np.roll(polygon, -1, 0)):
        edge = q - p
        t = np.clip(((points - p) @ edge) / (edge @ edge), 0, 1)
        distance = np.minimum(distance, np.linalg.norm(points - p - t[:, None] * edge, axis=1))
        crosses = (p[1] > points[:, 1]) != (q[1] > points[:, 1])
        crossing_x = (q[0] - p[0]) * (points[:, 1] - p[1]) / (q[1] - p[1] + 1e-12) + p[0]
        inside ^= crosses & (points[:, 0] < crossing_x)
    return np.where(inside, -distance, distance)
