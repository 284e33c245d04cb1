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
        self._texture, self._skin_end = texture, pose.first_textured

    def render(self, things, lamps, ambient):
        """Sets all layers; things: Solids."""
        pose, kernel = self._pose, self._kernel
        lights = lights_struct({"lights": lamps, "ambient": ambient})
        self._add(thing for thing in things if not thing.in_front)
        own_end, hits = pose.first_textured, self._look()
        self.bare_face = self._face(hits)
        front = [thing for thing in things if thing.in_front and not thing.lets_through]
        self._add(front)
        strands = pose.light(lights, k.floats(self._camera.eye), *shadows(kernel, pose, lamps))
        hits = self._look() if front else hits
        texture = k.TextureStruct(k.pointer(self._texture), self._texture.shape[1], self._texture.shape[0])
        self.linear, _ = kernel.shade(camera_struct(self._camera), pose.mesh, strands, lights, texture, hits, 1)
        primitive = hits["primitive"]
        self.in_front = (primitive >= own_end) & (primitive < pose.first_textured)
        self.depths, self.face = self._depths(hits), self._face(hits) if front else self.bare_face
        self._put_lenses([thing for thing in things if thing.lets_through])
        self.face = self.face * ~self.in_front

    def _add(self, things):
        for thing in things:
            self._pose.add(k.floats(thing.positions), thing.attributes(self._kernel),
                           np.ascontiguousarray(thing.triangles, np.int32))

    def _look(self):
        pose = self._pose
        return self._kernel.look(camera_struct(self._camera), pose.mesh, len(pose.positions), pose.strands,
                                 len(pose.points))

    def _face(self, hits):
        pose, out = self._pose, np.zeros(hits.shape, np.float32)
        primitive, count = hits["primitive"], len(pose.triangles)
        skin = (primitive >= 0) & (primitive < count)
        out[skin] = _interpolated(pose.attributes[:, k.MASK], pose.triangles[primitive[skin]], hits[skin])
        hair = pose.figure.hair
        is_strand = primitive >= count
        out[is_strand] = hair.mask[hair.segments[primitive[is_strand] - count, 0]]
        return out

    def _depths(self, hits):
        pose, camera = self._pose, self._camera
        out = np.full(hits.shape, np.inf, np.float32)
        primitive, count = hits["primitive"], len(pose.triangles)
        depth = -((pose.positions - camera.eye) @ camera.axes[2])
        surface = (primitive >= 0) & (primitive < count)
        out[surface] = _interpolated(depth, pose.triangles[primitive[surface]], hits[surface])
        is_strand = primitive >= count
        points = pose.points[pose.figure.hair.segments[primitive[is_strand] - count, 0]]
        out[is_strand] = -((points - camera.eye) @ camera.axes[2])
        return out

    def _put_lenses(self, lenses):
        for lens in lenses:
            first = self._pose.first_textured
            self._add([lens])
            hits = self._look()
            seen = (hits["primitive"] >= first) & (hits["primitive"] < self._pose.first_textured)
            under = self.linear[seen]
            corners = self._pose.triangles[hits["primitive"][seen]]
            normals = _interpolated(self._pose.normals, corners, hits[seen])
            sky = _reflected(normals, self._camera) * self._white()
            self.linear[seen, :3] = under[:, :3] * k.floats(lens.colour[0]) + k.floats(sky)
            self.linear[seen, 3] = np.maximum(under[:, 3], 1 - lens.lets_through)
            if lens.lets_through < HIDING_LENS:
                self.in_front |= seen
                self.depths[seen] = 0

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
