"""Renders a shot of several people: each is taken alone, where they stand, and the nearer cover those behind."""
import copy

import numpy as np

from synthetic_cast import raster_kernel as k
from synthetic_cast.background import background
from synthetic_cast.camera import Camera, frame_truth
from synthetic_cast.choices import pick_identity, pick_scene
from synthetic_cast.performances import make_performance
from synthetic_cast.person import Person
from synthetic_cast.picture import develop
from synthetic_cast.raster_figure import RasterFigure
from synthetic_cast.raster_stage import over, take

NOSE_TIP = 30
HIDDEN = 0.5  # part of a pixel


class Troupe:
    """The figures of a shot, each built once."""

    def __init__(self, raster_body, hands=None):
        self._shared, self._figures = raster_body, {}
        self.hands = hands

    def figure(self, identity):
        if identity not in self._figures:
            person = Person(self._shared.body, pick_identity(identity))
            self._figures[identity] = RasterFigure(person, self._shared)
        return self._figures[identity]


class Role:
    """A person of a scene: where they are and what they do, frame by frame."""

    def __init__(self, part, scene, frames, fps, troupe):
        self.identity, self._path, self._hand = part["identity"], np.array(part["path"], float), part.get("hand")
        self._performance = make_performance({"frames": frames, "fps": fps, **part["performance"]})
        self._scene, self._figure, self._hands = scene, troupe.figure(part["identity"]), troupe.hands

    def place(self, moment):
        """Decimetres from the body's own place; the way is walked evenly."""
        return self._path[0] + (self._path[1] - self._path[0]) * moment / max(len(self._performance) - 1, 1)

    def take(self, moment, size):
        """Returns (HxWx4 linear RGB times coverage and coverage, truth without what others hide, HxW free face)."""
        camera, scene = _seen_from(self._scene, self.place(moment), size)
        posed, linear, face = take(self._figure, scene, camera, self._performance[moment])
        truth = frame_truth(camera, self._figure.person.body, posed, face)
        whole = face
        if self._hand and self._hand["when"][0] <= moment <= self._hand["when"][1]:
            points = self._figure.person.body.landmarks.interpolate(posed.vertices)
            hand = self._hands.before(points[NOSE_TIP], camera.axes, self._hand_offset(moment),
                                      self._figure.person.identity["tone"])
            _, linear, face = take(self._figure, scene, camera, self._performance[moment], [hand])
        return linear, truth, whole, face

    def _hand_offset(self, moment):
        first, last = self._hand["when"]
        start, end = np.array(self._hand["path"], float)
        return start + (end - start) * (moment - first) / max(last - first, 1)


def shot_frames(shot, troupe):
    """Yields (HxWx3 uint8 RGB picture, a list of truths, a dict a person) frame by frame."""
    number = 0
    for scene_number, described in enumerate(shot["scenes"]):
        scene = {**pick_scene(described["scene"]), "cam": described["cam"]}
        behind = background(scene["bg"], scene["seed"], *shot["size"])
        roles = [Role(part, scene, described["frames"], shot["fps"], troupe) for part in described["people"]]
        for moment in range(described["frames"]):
            linear, truths = _together(roles, moment, shot["size"], behind)
            picture = develop(linear, scene["exposure"], number)
            yield picture, [{"frame": number, "scene": scene_number, **truth} for truth in truths]
            number += 1


def _together(roles, moment, size, behind):
    """Returns (HxWx3 linear picture, truths in the order of the roles)."""
    linear, truths, covered = k.floats(behind), {}, np.zeros(size[::-1], np.float32)
    taken = {role.identity: role.take(moment, size) for role in roles}
    nearest_first = sorted(roles, key=lambda role: -role.place(moment)[2])
    for role in reversed(nearest_first):
        linear = over(taken[role.identity][0], linear)
    for role in nearest_first:
        colour, truth, whole, free = taken[role.identity]
        truths[role.identity] = {"person": role.identity, **_seen_truth(truth, whole, free, covered)}
        covered = np.maximum(covered, colour[..., 3])
    return linear, [truths[role.identity] for role in roles]


def _seen_truth(truth, whole, free, covered):
    """What a frame's truth is where a hand leaves the free part of a face, and others cover some of that."""
    pixels = np.floor(truth["landmarks68"]).astype(int)
    inside = ((pixels >= 0) & (pixels < whole.shape[::-1])).all(1)
    x, y = np.clip(pixels, 0, np.array(whole.shape[::-1]) - 1).T
    hidden = np.maximum(whole - free, covered)[y, x] > HIDDEN
    left = free * (1 - covered)
    return {
        "box": truth["face_box"], "seen": round(float(left.sum() / max(whole.sum(), 1e-6)), 3),
        "landmarks68": truth["landmarks68"],
        "visible": (np.array(truth["visible"], bool) & inside & ~hidden).astype(int).tolist(),
        "pose_camera": truth["pose_camera"],
    }


def _seen_from(scene, place, size):
    """Returns (camera, scene) as somebody sees them who has moved to a place: all else moved the other way."""
    moved = copy.deepcopy(scene)
    for lamp in moved["lights"]:
        lamp["pos"] = tuple(np.array(lamp["pos"], float) - place)
    for key in ("eye", "at"):
        moved["cam"][key] = tuple(np.array(scene["cam"][key], float) - place)
    return Camera(moved["cam"], *size), moved
