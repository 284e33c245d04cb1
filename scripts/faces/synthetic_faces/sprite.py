"""Renders a sprite: a head and shoulders on a transparent ground, with classes and truth."""
import random

import cv2
import numpy as np

from synthetic_cast import raster_kernel as k
from synthetic_cast.assets import Assets
from synthetic_cast.base_mesh import smoothstep
from synthetic_cast.camera import Camera
from synthetic_cast.person import Body
from synthetic_cast.picture import develop
from synthetic_cast.posing import angles
from synthetic_cast.raster_body import RasterBody
from synthetic_cast.raster_figure import RasterFigure
from synthetic_cast.raster_stage import SAMPLES_A_SIDE
from synthetic_faces import people, takes
from synthetic_faces.face_mask import FaceMask
from synthetic_faces.glasses import draw_glasses
from synthetic_faces.hand import Hand
from synthetic_faces.hats import draw_hat
from synthetic_faces.layers import Layers
from synthetic_faces.occluders import Held, draw_occluder
from synthetic_faces.truth import Contour, on_contour, seen

SIZE = 192
NOTHING, FACE, PERSON, IN_FRONT = range(4)
GLASSES_SHARE, OCCLUDER_SHARE, MASK_SHARE = 0.30, 0.25, 0.05
LUMINANCE = np.array((0.2126, 0.7152, 0.0722))
EDGE = 5  # pixels by which colours are drawn out over the transparent ground


class View(Camera):
    """A camera of given axes whose picture is square."""

    def __init__(self, eye, axes, focal, size):
        self.eye, self.axes, self.focal = eye, axes, focal
        self.width = self.height = size


class Studio:
    """Renders sprites; remembers the last person."""

    def __init__(self, data):
        self.body = Body(Assets(data))
        self.kernel = k.Kernel()
        self.shared = RasterBody(self.body, self.kernel)
        self.contour, self.hand, self.face_mask = Contour(self.body), Hand(self.body), FaceMask(self.body)
        self._identity, self._actor = None, None

    def actor(self, identity):
        """Returns the Actor of a person's number."""
        if self._identity != identity:
            self._identity, self._actor = identity, Actor(self, identity)
        return self._actor

    def sprite(self, identity, number):
        """Returns the Shot of a person's number and a sprite's number."""
        return Shot(self, self.actor(identity), random.Random(f"sprite {identity} {number}"), number)


class Actor:
    """A person with their hat on."""

    def __init__(self, studio, identity):
        self.identity = people.identity_of(identity)
        self.person = people.build(studio.body, self.identity)
        self.figure = RasterFigure(self.person, studio.shared)
        draw = random.Random(f"actor {identity}")
        self._set_looks(draw)
        self.landmarks = studio.body.landmarks.interpolate(self.person.vertices)
        self.hat = []
        if self.identity["headwear"]:
            self.hat, press = draw_hat(draw, self.identity["headwear"], self.person)
            self.figure.hair.press(press)

    def _set_looks(self, draw):
        """Greasy or dull skin, striped clothes; a face without the inside of the ears and the neck behind the jaw."""
        attributes, shared = self.figure.attributes, self.figure.shared
        skin = np.where(shared.part_of == shared.SKIN)[0]
        attributes[skin, k.SPECULAR] *= draw.uniform(0.35, 1.0)
        attributes[skin, k.ROUGHNESS] += draw.uniform(-0.02, 0.3)
        x, y, z = shared.refine(self.person.body.mesh.neutral)[skin].T
        in_ear = (np.abs(x) > 0.55) & (y > 6.95) & (z < 0.62)
        before_neck = np.maximum(smoothstep(6.90, 7.05, y), smoothstep(0.64, 0.76, z))
        attributes[skin, k.MASK] *= before_neck * ~in_ear
        teeth = np.where((shared.part_of == shared.FIRST_MOUTH) | (shared.part_of == shared.FIRST_MOUTH + 1))[0]
        attributes[teeth, k.OPENNESS] = np.maximum(attributes[teeth, k.OPENNESS], draw.uniform(0.2, 0.5))
        if draw.random() < 0.3:
            shirt = np.where(shared.part_of == shared.SHIRT)[0]
            along = shared.refine(self.person.body.mesh.neutral)[shirt, draw.choice([0, 1])]
            stripes = np.sin(along * draw.uniform(8, 25)) > draw.uniform(-0.5, 0.5)
            attributes[shirt[stripes], k.ALBEDO] = [draw.uniform(0.01, 0.6) for _ in range(3)]


class Shot:
    """One moment of an actor before a camera, drawn from random numbers.

    picture: SxSx3 uint8 BGR; classes, alpha: SxS uint8; landmarks: 68x3 in the scene.
    """

    def __init__(self, studio, actor, draw, number, from_behind=False):
        frame, axes = takes.frame_and_camera(draw, from_behind)
        self.posed, self.pose = actor.figure.pose(frame)
        rotation, move = self.posed.head[:3, :3], self.posed.head[:3, 3]
        eye, focal = takes.eye_and_focal(draw, axes, rotation @ takes.HEAD_CENTRE + move, SIZE)
        self.camera = View(eye, axes, focal, SIZE)
        surface = _followed_surface(studio, self.pose)
        self.landmarks = studio.body.landmarks.interpolate(surface)
        self.landmarks[:17] = on_contour(studio.contour, self.camera, surface, rotation)
        lamps, ambient = takes.lights(draw, np.degrees(np.arctan2(axes[2, 0], axes[2, 2])))
        things = self._things(studio, actor, surface, draw)
        self._layers = Layers(self.pose, self.camera, actor.figure.texture, studio.kernel)
        self._layers.render(things, lamps, ambient)
        self._finish(takes.exposure_target(draw) * _luminance(actor.identity["tone"]), number)

    def _things(self, studio, actor, surface, draw):
        """Returns the Solids of the scene."""
        worn = list(actor.hat)
        if draw.random() < GLASSES_SHARE:
            worn += draw_glasses(draw, actor.person, actor.landmarks)
        things = [solid.moved(self.posed.head) for solid in worn]
        if draw.random() < OCCLUDER_SHARE:
            held = Held(self.landmarks, self.camera.axes, studio.hand, actor.identity["tone"])
            things += draw_occluder(draw, held)
        if draw.random() < MASK_SHARE:
            things += studio.face_mask.on(draw, surface, self.posed.head)
        return things

    def _finish(self, skin_luminance, number):
        layers = self._layers
        face, front, linear = (_to_pixels(part) for part in (layers.face, layers.in_front, layers.linear))
        colour, alpha = linear[..., :3], np.ascontiguousarray(linear[..., 3])
        lit = _luminance(colour[face > 0.7]) if (face > 0.7).sum() > 20 else _luminance(colour[alpha > 0.5])
        straight = _drawn_out(colour, alpha) * (skin_luminance / max(float(lit.mean()), 1e-5))
        self.picture = develop(straight, 1.0, number)[..., ::-1].copy()
        solid = alpha >= 1 / 255
        self.picture[~solid] = self.picture[solid].mean(0)
        self.alpha = (alpha * 255 + 0.5).astype(np.uint8)
        of_person = np.where(face >= alpha / 2, FACE, PERSON)
        self.classes = np.where(front >= alpha / 2, IN_FRONT, of_person).astype(np.uint8)
        self.classes[~solid] = NOTHING

    def truth(self):
        """Returns landmarks, visibility, face box and pose."""
        yaw, pitch, roll = angles(self.camera.axes @ self.posed.head[:3, :3])
        pixels = self.camera.project(self.landmarks) - 0.5
        depths = np.where(self._layers.in_front, 0, self._layers.depths)  # a mask lies too close to the skin to tell
        visible = seen(self.camera, self.landmarks, depths, SAMPLES_A_SIDE)
        ys, xs = np.where(_to_pixels(self._layers.bare_face) > 0.5)
        return {
            "yaw_deg": round(yaw, 2), "pitch_deg": round(pitch, 2), "roll_deg": round(roll, 2),
            "landmarks68": np.round(pixels, 2).tolist(), "visible": visible.astype(int).tolist(),
            "face_box": [int(xs.min()), int(ys.min()), int(xs.max()) + 1, int(ys.max()) + 1],
        }


def _followed_surface(studio, pose):
    """The refined skin at the base mesh's vertices, zero elsewhere."""
    surface = np.zeros((len(studio.body.mesh.base), 3))
    surface[studio.shared.followed_ids] = pose.positions[:len(studio.shared.followed_ids)]
    return surface


def _luminance(linear):
    return np.asarray(linear) @ LUMINANCE


def _to_pixels(samples):
    """Averages the samples of each pixel; HxW or HxWxK."""
    size = samples.shape[0] // SAMPLES_A_SIDE
    return cv2.resize(samples.astype(np.float32), (size, size), interpolation=cv2.INTER_AREA)


def _drawn_out(colour, alpha):
    """The straight colour, from nearby where there is none; colour: HxWx3 times alpha."""
    around = cv2.GaussianBlur(alpha, (0, 0), EDGE / 2)[..., None]
    nearby = cv2.GaussianBlur(colour, (0, 0), EDGE / 2) / np.maximum(around, 1e-4)
    return np.where(alpha[..., None] > 0.02, colour / np.maximum(alpha, 0.02)[..., None], nearby).astype(np.float32)
