"""Parts of people without a face, for pictures without faces: bodies cut at the neck, hands, heads from behind."""
import math

import cv2
import numpy as np

from synthetic_cast import raster_kernel as k
from synthetic_cast.parts import compact
from synthetic_cast.picture import develop
from synthetic_cast.raster_stage import SAMPLES_A_SIDE, camera_struct, lights_struct
from synthetic_faces import people, takes
from synthetic_faces.hand import draw_bends
from synthetic_faces.solids import Solid, facing
from synthetic_faces.sprite import SIZE, Shot, View

NECK = 5.95  # decimetres; bodies end there
FOREARM, SLEEVE, WAIST = 3.1, 2.0, 1.0  # |x| and y where clothes end, decimetres
MOST_FACE = 25  # pixels of a cheek that a head from behind may show


class Extras:
    """Cut-outs for backgrounds: HxWx3 BGR 0..1 and HxW alpha."""

    def __init__(self, studio):
        self._studio = studio
        mesh = studio.body.mesh
        faces = [face for face in mesh.faces if mesh.neutral[face][:, 1].max() < NECK]
        ids, quads = compact(faces, len(mesh.base))
        quads = np.array(quads)
        self._body = mesh.neutral[ids]
        self._triangles = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])

    def body(self, draw):
        """A body in clothes from some side, its head cut off."""
        x, y = np.abs(self._body[:, 0]), self._body[:, 1]
        sleeve = draw.choice([SLEEVE, FOREARM, 4.2])
        colour = np.tile(_tone(draw), (len(self._body), 1))
        colour[(y < draw.uniform(5.4, 5.9)) & (x < sleeve)] = [draw.uniform(0.01, 0.6) for _ in range(3)]
        colour[y < WAIST] = [draw.uniform(0.01, 0.4) for _ in range(3)]
        body = Solid(self._body, self._triangles, colour, roughness=0.8, specular=0.02)
        turn = draw.uniform(-math.pi, math.pi)
        ahead = np.array([math.sin(turn), draw.uniform(-0.3, 0.3), math.cos(turn)])
        return self._picture(draw, body, np.array([0, draw.uniform(3.0, 5.0), 0]), ahead, draw.uniform(5, 9))

    def hand(self, draw):
        """A hand with a piece of its arm, at any angle."""
        hand = self._studio.hand.bent(*draw_bends(draw), _tone(draw))
        ahead = np.array([draw.gauss(0, 1) for _ in range(3)])
        return self._picture(draw, hand, np.array([0, 0.6, 0]), ahead, 3.2)

    def head_from_behind(self, draw, identity):
        """A head whose face looks away, or None where too much of a cheek was seen."""
        actor = self._studio.actor(identity)
        shot = Shot(self._studio, actor, draw, draw.randrange(10000), from_behind=True)
        if (shot.classes == 1).sum() > MOST_FACE:
            return None
        return shot.picture.astype(np.float32) / 255, shot.alpha.astype(np.float32) / 255

    def _picture(self, draw, solid, centre, ahead, extent):
        """Renders a solid in a square of `extent` decimetres about its centre, seen from `ahead`."""
        ahead = ahead / np.linalg.norm(ahead)
        axes = facing(ahead, np.array([0, 1.0, 0.001])).T
        distance = draw.uniform(12, 40)
        camera = View(centre + ahead * distance, axes, SIZE / extent * distance, SIZE)
        lamps, ambient = takes.lights(draw, math.degrees(math.atan2(ahead[0], ahead[2])))
        linear = render_alone(self._studio.kernel, solid, camera, lamps, ambient)
        alpha = linear[..., 3]
        bright = max(float((linear[..., :3].mean(2)[alpha > 0.5]).mean()), 1e-4) if (alpha > 0.5).any() else 1.0
        straight = linear[..., :3] / np.maximum(alpha, 1e-3)[..., None] * (draw.uniform(0.08, 0.6) / bright)
        return develop(straight, 1.0, draw.randrange(10000))[..., ::-1].astype(np.float32) / 255, alpha


def _tone(draw):
    place = draw.uniform(0, len(people.TONES) - 1)
    return np.exp([np.interp(place, range(len(people.TONES)), people.TONES[:, channel]) for channel in range(3)])


def render_alone(kernel, solid, camera, lamps, ambient):
    """Returns HxWx4 linear RGB times coverage and coverage of one solid, without shadows."""
    positions, triangles = k.floats(solid.positions), np.ascontiguousarray(solid.triangles, np.int32)
    attributes, cut = solid.attributes(kernel), np.full(len(positions), -1, np.float32)
    attributes[:, k.LIT:k.LIT + len(lamps)] = 1
    lights = lights_struct({"lights": lamps, "ambient": ambient})
    kernel.light_surface(lights, positions, attributes)
    mesh = k.MeshStruct(*(k.pointer(part) for part in (positions, attributes, cut, triangles)), len(triangles),
                        len(triangles))
    texel = np.zeros((2, 2, 3), np.float32)
    return kernel.picture(camera_struct(camera), mesh, len(positions), k.StrandsStruct(segment_count=0), 0, lights,
                          k.TextureStruct(k.pointer(texel), 2, 2), SAMPLES_A_SIDE)[0]


def turned_and_scaled(draw, picture, alpha, height):
    """Returns a cut-out at a height in pixels, turned a little, its colours spread under its edge."""
    scale, angle = height / picture.shape[0], draw.gauss(0, 12)
    size = int(math.ceil(height * 1.3))
    matrix = cv2.getRotationMatrix2D((picture.shape[1] / 2, picture.shape[0] / 2), angle, scale)
    matrix[:, 2] += size / 2 - np.array([picture.shape[1], picture.shape[0]]) / 2
    flags = cv2.INTER_AREA if scale < 0.5 else cv2.INTER_LINEAR
    turned = cv2.warpAffine(picture, matrix, (size, size), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return turned, cv2.warpAffine(alpha, matrix, (size, size), flags=flags)
