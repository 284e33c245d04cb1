"""A person as the rasteriser sees them: vertices with their looks, and strands, moved by poses. Needs numpy only."""
import functools

import cv2
import numpy as np

from synthetic_cast import raster_kernel as k
from synthetic_cast.iris import tint_iris
from synthetic_cast.parts import MOUTH_PARTS
from synthetic_cast.posing import Poser
from synthetic_cast.raster_hair import RasterHair
from synthetic_cast.raster_shadow import openness

OPEN_FACE = {"yaw": 0, "pitch": 0, "roll": 0, "jaw": 0.7, "purse": 0, "wide": 0, "smile": 0.2, "blink_l": 0,
             "blink_r": 0, "brow": 0.2}
SKIN_SPECULAR, LIP_SPECULAR, EYE_SPECULAR = 0.029, 0.036, 0.030
EYE_ROUGHNESS, SHIRT_ROUGHNESS = 0.22, 0.85
LEAST_OPEN_MOUTH, LEAST_OPEN_EYE = 0.10, 0.30
# Parts of the irradiance that spread under the skin: red goes farthest.
SPREAD = np.array((0.75, 0.45, 0.30), np.float32)
SPREAD_STEPS = 3
EYE_DIMMING = 0.85  # for the lashes' and lids' shade that the depth maps are too coarse for


class RasterFigure:
    """A person's mesh and strands. raster_body: the RasterBody of the person's body."""

    def __init__(self, person, raster_body):
        self.person, self.shared = person, raster_body
        self.poser = Poser(person)
        self.hair = RasterHair(person)
        self.attributes = self._looks()
        self.texture = _iris_texture(person.body.assets.eye_texture(), person.iris)
        self._set_openness()

    def pose(self, frame):
        """Returns (PosedBody, Pose) of a performance's frame."""
        posed = self.poser.pose(frame)
        return posed, Pose(self, posed)

    def _looks(self):
        shared, person = self.shared, self.person
        count = shared.refined_count
        attributes = np.zeros((shared.vertex_count, k.ATTRIBUTE_COUNT), np.float32)
        weights = {name: np.clip(shared.refine(values[:, None])[:, 0], 0, 1) for name, values in person.skin.items()}
        tint = np.clip(shared.refine(person.tint), 0, 1)
        attributes[:count, k.ALBEDO] = shared.pattern.colour(tint, weights)
        attributes[:count, k.SPECULAR] = SKIN_SPECULAR + (LIP_SPECULAR - SKIN_SPECULAR) * weights["lip"]
        attributes[:count, k.ROUGHNESS] = shared.pattern.roughness(weights)
        face = shared.refine(person.body.regions.face[:, None])[:, 0]
        attributes[:count, k.MASK] = np.clip(face, 0, 1)
        for number, part in enumerate(MOUTH_PARTS, shared.FIRST_MOUTH):
            self._paint(attributes, number, part.colour, 0.04, part.roughness, 1)
        self._paint(attributes, shared.SHIRT, np.array(person.identity["shirt"]) * 0.75, 0.016, SHIRT_ROUGHNESS, 0)
        attributes[count:, k.SPECULAR], attributes[count:, k.ROUGHNESS] = EYE_SPECULAR, EYE_ROUGHNESS
        attributes[count:, k.ALBEDO], attributes[count:, k.MASK] = 0.5, 1
        attributes[count:, k.UV:k.UV + 2] = shared.eye_uvs
        return attributes

    def _paint(self, attributes, part, colour, specular, roughness, mask):
        chosen = np.where(self.shared.part_of == part)[0]
        attributes[chosen, k.ALBEDO] = colour
        attributes[chosen, k.SPECULAR], attributes[chosen, k.ROUGHNESS] = specular, roughness
        attributes[chosen, k.MASK] = mask

    def _set_openness(self):
        """How much of the sky each vertex and strand point sees, with the mouth a little open."""
        shared = self.shared
        _, pose = self.pose(OPEN_FACE)
        surface, strands = openness(shared.kernel, pose)
        mouth = (shared.part_of >= shared.FIRST_MOUTH) & (shared.part_of < shared.SHIRT)
        least = np.zeros(shared.vertex_count, np.float32)
        least[:shared.refined_count][mouth] = LEAST_OPEN_MOUTH
        least[shared.refined_count:] = LEAST_OPEN_EYE
        self.attributes[:, k.OPENNESS] = np.maximum(surface, least)
        self.attributes[:shared.refined_count, k.OPENNESS] = shared.kernel.apply_rows(
            shared.smoothing, self.attributes[:shared.refined_count, k.OPENNESS:k.OPENNESS + 1])[:, 0]
        self.strand_openness = strands


class Pose:
    """A figure in one pose, ready for the kernel; the arrays live as long as this does."""

    def __init__(self, figure, posed):
        self.figure = figure
        shared, hair = figure.shared, figure.hair
        self.positions, self.normals = shared.posed(posed)
        self.points, self.tangents = hair.posed(posed)
        self.attributes = figure.attributes.copy()
        self.attributes[:, k.NORMAL] = self.normals
        self.cut, self.triangles, self.colours = shared.cut, shared.triangles, None
        self.first_textured = len(shared.refined_triangles)
        self._tie()
        self.scalp = self._strands(hair.scalp_segments)
        self.strands = self._strands(len(hair.segments))

    def add(self, positions, attributes, triangles):
        """Adds a thing: its vertices with normals and looks, and triangles over them, before those of the eyes."""
        triangles = triangles + np.int32(len(self.positions))
        self.positions = np.concatenate([self.positions, positions])
        self.normals = np.concatenate([self.normals, attributes[:, k.NORMAL]])
        self.attributes = np.concatenate([self.attributes, attributes])
        self.cut = np.r_[self.cut, np.full(len(positions), -1, np.float32)]
        self.triangles = np.concatenate([self.triangles[:self.first_textured], triangles,
                                         self.triangles[self.first_textured:]])
        self.first_textured += len(triangles)
        self._tie()

    def _tie(self):
        self.mesh = k.MeshStruct(k.pointer(self.positions), k.pointer(self.attributes), k.pointer(self.cut),
                                 k.pointer(self.triangles), len(self.triangles), self.first_textured)

    def _strands(self, segment_count):
        hair = self.figure.hair
        return k.StrandsStruct(k.pointer(self.points), k.pointer(self.tangents), k.pointer(hair.radii),
                               k.pointer(self.colours), k.pointer(hair.mask), k.pointer(hair.segments), segment_count)

    def light(self, lights, eye, lit_surface, lit_strands):
        """Sets colours and irradiance from what of each light arrives: lights x vertices, lights x points."""
        kernel, shared, hair = self.figure.shared.kernel, self.figure.shared, self.figure.hair
        self.attributes[:, k.LIT:k.LIT + len(lit_surface)] = lit_surface.T
        kernel.light_surface(lights, self.positions, self.attributes)
        irradiance = self.attributes[:shared.refined_count, k.IRRADIANCE]
        for _ in range(SPREAD_STEPS):
            irradiance += SPREAD * (kernel.apply_rows(shared.smoothing, irradiance) - irradiance)
        self.colours = kernel.light_strands(lights, eye, self.points, self.tangents, hair.own_colours, lit_strands,
                                            self.figure.strand_openness)
        return self._strands(len(hair.segments))


@functools.cache
def _iris_texture(path, iris):
    """The tinted eye picture in linear RGB, its first row at the bottom."""
    pixels = cv2.imread(path, cv2.IMREAD_COLOR)[::-1, :, ::-1].astype(np.float32) / 255
    pixels = np.ascontiguousarray(pixels)
    tint_iris(pixels, iris)
    linear = np.where(pixels < 0.04045, pixels / 12.92, ((pixels + 0.055) / 1.055) ** 2.4)
    return k.floats(EYE_DIMMING * cv2.resize(linear, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA))
