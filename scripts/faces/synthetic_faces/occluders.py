"""Things in front of a face: hands, microphones, cups, telephones, bars and paper. Needs numpy only."""
import math

import numpy as np

from synthetic_faces.hand import draw_bends
from synthetic_faces.solids import ball, box, facing, joined, placement, tube, turned

FACE_PLACES = [30, 33, 51, 57, 8, 5, 11, 36, 45, 2, 14, 19, 24, 27]  # landmarks that things are held before


class Held:
    """Who holds what before which point of the face, seen from where.

    landmarks: 68x3 in the scene; axes: the camera's right, up, back; hand: a hand.Hand; tone: the skin's colour.
    """

    def __init__(self, landmarks, axes, hand, tone):
        self.landmarks, self.axes, self.hand, self.tone = landmarks, axes, hand, tone

    def before(self, draw, nearest, farthest, spread=0.12):
        """A point in front of a random one of FACE_PLACES."""
        place = self.landmarks[draw.choice(FACE_PLACES)]
        aside = self.axes[0] * draw.gauss(0, spread) + self.axes[1] * draw.gauss(0, spread)
        return place + aside + self.axes[2] * draw.uniform(nearest, farthest)

    def turned(self, angle, tilt=0.0):
        """A rotation whose y axis points at an angle (radians, 0 up) in the picture, tilted to the viewer."""
        up = -math.sin(angle) * self.axes[0] + math.cos(angle) * self.axes[1]
        up = up * math.cos(tilt) + self.axes[2] * math.sin(tilt)
        return facing(self.axes[2] * math.cos(tilt) - up * math.sin(tilt), up)


def draw_occluder(draw, held):
    """Returns Solids in the scene."""
    return draw.choice(OCCLUDERS)(draw, held)


def _hand(draw, held):
    """The palm or the back of a hand before the face, with its forearm from below or aside."""
    bends, spread = draw_bends(draw)
    tone = np.array(held.tone) * draw.uniform(0.85, 1.1)
    hand = held.hand.bent(bends, spread, tone)
    size = draw.uniform(0.75, 1.0)
    angle = draw.choice([-1, 1]) * abs(draw.gauss(0, 0.8))
    rotation = held.turned(angle, draw.uniform(-0.4, 0.4))
    roll = draw.choice([0, math.pi, math.pi, draw.uniform(-math.pi, math.pi)]) + draw.gauss(0, 0.3)
    c, s = math.cos(roll), math.sin(roll)
    rotation = rotation @ np.array([[c, 0, s], [0, 1, 0], [-s, 0, c]])
    mirrored = np.diag([draw.choice([-1, 1]), 1, 1])
    if mirrored[0, 0] < 0:
        hand.triangles = hand.triangles[:, ::-1]
    middle = np.array([0, 0.9, 0]) * size
    position = held.before(draw, 0.25, 0.6) - rotation @ mirrored @ middle
    return [hand.moved(placement(position, rotation @ mirrored * size))]


def _looks(draw):
    dark = draw.random() < 0.5
    colour = [draw.uniform(0.005, 0.06)] * 3 if dark else [draw.uniform(0.02, 0.7) for _ in range(3)]
    return {"colour": colour, "specular": 0.05, "roughness": draw.uniform(0.2, 0.8)}


def _microphone(draw, held):
    grey = draw.uniform(0.02, 0.4)
    head = ball(draw.uniform(0.2, 0.33), colour=(grey, grey, grey), specular=0.05, roughness=0.6)
    stick = tube([(0, -0.15, 0), (0, -1.0, 0), (0, -2.2, 0)], [0.13, 0.11, draw.uniform(0.06, 0.1)], **_looks(draw))
    rotation = held.turned(draw.gauss(0, 0.7), draw.uniform(-0.2, 0.9))
    point = held.landmarks[draw.choice([57, 8, 48, 54, 51])] + held.axes[1] * draw.uniform(-0.3, 0.05)
    place = placement(point + held.axes[2] * draw.uniform(0.25, 0.6), rotation)
    return [head.moved(place), stick.moved(place)]


def _cup(draw, held):
    wide, high = draw.uniform(0.3, 0.45), draw.uniform(0.7, 1.3)
    wall = [(0, 0), (wide * 0.8, 0), (wide, high), (wide * 0.93, high), (wide * 0.75, 0.05)]
    cup = turned(wall, **_looks(draw))
    angles = np.linspace(-1.3, 1.3, 9)
    ring = np.stack([wide * 0.85 + 0.25 * np.cos(angles), high / 2 + 0.28 * np.sin(angles), 0 * angles], 1)
    solids = [cup] if draw.random() < 0.5 else [joined([cup, tube(ring, 0.05, colour=cup.colour)])]
    rotation = held.turned(draw.gauss(0, 0.4), draw.uniform(-0.9, 0.5)) @ facing(
        np.array([draw.uniform(-1, 1), 0, draw.uniform(-1, 1) + 0.01]), np.array([0, 1.0, 0]))
    point = held.landmarks[draw.choice([57, 57, 8, 51])] + held.axes[2] * draw.uniform(0.45, 0.8)
    place = placement(point - rotation @ np.array([0, high * draw.uniform(0.6, 1), 0]), rotation)
    return [solid.moved(place) for solid in solids]


def _telephone(draw, held):
    flat = box((0.75, draw.uniform(1.3, 1.6), 0.09), **_looks(draw))
    rotation = held.turned(draw.choice([0, math.pi / 2, 0.4, -0.4]) + draw.gauss(0, 0.3), draw.uniform(-0.5, 0.5))
    return [flat.moved(placement(held.before(draw, 0.4, 0.9, 0.3), rotation))]


def _bar(draw, held):
    looks, wide = _looks(draw), draw.uniform(0.06, 0.35)
    if draw.random() < 0.5:
        bar = tube([(0, -4, 0), (0, 0, 0), (0, 4, 0)], wide, **looks)
    else:
        bar = box((2 * wide, 8, 0.1), **looks)
    rotation = held.turned(draw.uniform(-math.pi / 2, math.pi / 2), draw.uniform(-0.2, 0.2))
    return [bar.moved(placement(held.before(draw, 0.3, 1.0, 0.35), rotation))]


def _fruit(draw, held):
    """A ball, a balloon, an apple before the face."""
    round_thing = ball(draw.uniform(0.25, 0.6), **_looks(draw))
    return [round_thing.moved(placement(held.before(draw, 0.5, 0.9, 0.2)))]


def _paper(draw, held):
    """A sheet, a book or a fan: hides one side or the lower half."""
    paper = box((draw.uniform(0.9, 1.8), draw.uniform(0.9, 1.6), 0.04), **_looks(draw))
    aside = held.turned(draw.uniform(-math.pi, math.pi), draw.uniform(-0.4, 0.4))
    point = held.landmarks[draw.choice([8, 4, 12, 57, 1, 15])] + held.axes[2] * draw.uniform(0.5, 0.9)
    point = point - held.axes[1] * draw.uniform(0.2, 0.6)
    return [paper.moved(placement(point, aside))]


# Hands are what faces meet most.
OCCLUDERS = [_hand, _hand, _hand, _hand, _microphone, _cup, _telephone, _bar, _fruit, _paper]
