"""What each sample of a sprite sees: the person, things in front of the face, and lenses before both."""
import numpy as np

from synthetic_cast import raster_kernel as k
from synthetic_cast.raster_shadow import shadows
from synthetic_cast.raster_stage import camera_struct, lights_struct

HIDING_LENS = 0.45  # lenses that let less through count as something in front of the face
REFLECTANCE = 0.05  # of a lens, straight on


class Layers:
    """linear: HxWx4 RGB times coverage and coverage; face, bare_face: HxW parts of the sample that are facial skin,
    the latter with nothing in front; in_front: HxW bool; depths: HxW decimetres from the camera, inf for nothing.
    """

    def __init__(self, pose, camera, texture, kernel):
        self._pose, self._camera, self._kernel = pose, camera, kernel
        self._texture = k.TextureStruct(k.pointer(texture), texture.shape[1], texture.shape[0])

    def render(self, things, lamps, ambient):
        """Sets all layers; things: Solids."""
        pose, kernel = self._pose, self._kernel
        lights = lights_struct({"lights": lamps, "ambient": ambient})
        self._add(thing for thing in things if not thing.in_front)
        triangles, first_textured = pose.triangles, pose.first_textured
        hits = kernel.look(camera_struct(self._camera), pose.mesh, len(pose.positions), pose.strands,
                           len(pose.points))
        front = self._add(thing for thing in things if thing.in_front and not thing.lets_through)
        strands = pose.light(lights, k.floats(self._camera.eye), *shadows(kernel, pose, lamps))
        self.linear = self._shaded(triangles, first_textured, strands, lights, hits)
        self.bare_face, self.depths = self._face_and_depths(hits, triangles)
        self.in_front = np.zeros(hits.shape, bool)
        self._put_in_front(front, lights)
        for lens in (thing for thing in things if thing.lets_through):
            self._put_lens(lens)
        self.face = self.bare_face * ~self.in_front

    def _add(self, things):
        """Adds solids to the pose; returns their triangles over all of its vertices."""
        added = [np.zeros((0, 3), np.int32)]
        for thing in things:
            triangles = np.ascontiguousarray(thing.triangles, np.int32)
            added.append(triangles + np.int32(len(self._pose.positions)))
            self._pose.add(k.floats(thing.positions), thing.attributes(self._kernel), triangles)
        return np.concatenate(added)

    def _mesh(self, triangles, first_textured):
        pose = self._pose
        return k.MeshStruct(k.pointer(pose.positions), k.pointer(pose.attributes), k.pointer(pose.cut),
                            k.pointer(triangles), len(triangles), first_textured)

    def _shaded(self, triangles, first_textured, strands, lights, hits):
        return self._kernel.shade(camera_struct(self._camera), self._mesh(triangles, first_textured), strands, lights,
                                  self._texture, hits, 1)[0]

    def _look_at(self, triangles):
        """Returns (hits, which samples see one of the triangles before all else, their depths there)."""
        pose, none = self._pose, k.StrandsStruct(segment_count=0)
        mesh = self._mesh(triangles, len(triangles))
        hits = self._kernel.look(camera_struct(self._camera), mesh, len(pose.positions), none, 0)
        seen = hits["primitive"] >= 0
        depth = _interpolated(self._depth_of(pose.positions), triangles[hits["primitive"][seen]], hits[seen])
        nearer = depth < self.depths[seen]
        seen[seen] = nearer
        hits["primitive"][~seen] = -1
        return hits, seen, depth[nearer]

    def _depth_of(self, points):
        return -((points - self._camera.eye) @ self._camera.axes[2])

    def _face_and_depths(self, hits, triangles):
        pose, count, primitive = self._pose, len(triangles), hits["primitive"]
        face, depths = np.zeros(hits.shape, np.float32), np.full(hits.shape, np.inf, np.float32)
        surface = (primitive >= 0) & (primitive < count)
        values = np.stack([pose.attributes[:, k.MASK], self._depth_of(pose.positions)], 1).astype(np.float32)
        face[surface], depths[surface] = _interpolated(values, triangles[primitive[surface]], hits[surface]).T
        is_strand = primitive >= count
        hair = pose.figure.hair
        ends = hair.segments[primitive[is_strand] - count, 0]
        face[is_strand], depths[is_strand] = hair.mask[ends], self._depth_of(pose.points)[ends]
        return face, depths

    def _put_in_front(self, triangles, lights):
        if len(triangles):
            hits, seen, depth = self._look_at(triangles)
            shaded = self._shaded(triangles, len(triangles), k.StrandsStruct(segment_count=0), lights, hits)
            self.linear[seen], self.depths[seen] = shaded[seen], depth
            self.in_front |= seen

    def _put_lens(self, lens):
        triangles = self._add([lens])
        hits, seen, depth = self._look_at(triangles)
        under = self.linear[seen]
        normals = _interpolated(self._pose.normals, triangles[hits["primitive"][seen]], hits[seen])
        sky = _reflected(normals, self._camera) * self._white()
        self.linear[seen, :3] = under[:, :3] * k.floats(lens.colour[0]) + k.floats(sky)
        self.linear[seen, 3] = np.maximum(under[:, 3], 1 - lens.lets_through)
        if lens.lets_through < HIDING_LENS:
            self.in_front |= seen
            self.depths[seen] = depth

    def _white(self):
        """How bright something white before the face is."""
        seen = self._pose.attributes[:self._pose.figure.shared.refined_count, k.IRRADIANCE]
        return float(np.percentile(seen.mean(1), 80))


def _interpolated(values, corners, hits):
    a, b, c = (values[corners[:, i]] for i in range(3))
    u, v = hits["u"], hits["v"]
    if values.ndim == 2:
        u, v = u[:, None], v[:, None]
    return a + u * (b - a) + v * (c - a)


def _reflected(normals, camera):
    """What a lens shows of the room: brighter above, with a window's edge; N x 1 parts of white."""
    view = -camera.axes[2]
    turned = view - 2 * (normals @ view)[:, None] * normals
    sky = 0.5 + 0.5 * turned[:, 1]
    window = (np.abs(turned[:, 1] - 0.25) < 0.18) & (np.sin(9 * turned[:, 0]) > 0.2)
    return ((REFLECTANCE * (0.2 + sky) + 0.12 * window))[:, None]
