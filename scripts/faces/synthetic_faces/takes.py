"""What happens in a sprite: pose, expression, camera and light, drawn from its random numbers."""
import math

import numpy as np

from synthetic_cast.posing import angles, rotation

HEAD_CENTRE = np.array([0.0, 7.41, 0.45])  # decimetres at rest; what the camera looks at
FACE_WIDTH = 1.37  # decimetres between the two ends of the jaw line
FACE_PIXELS = (76, 93)
MOST_YAW, MOST_PITCH, MOST_ROLL = 90.0, 40.0, 12.0
MOST_TURN = 48.0  # degrees that a head turns on its body; the camera walks the rest
EXPRESSIONS = [
    "mouth-compression", "mouth-depression-retraction", "mouth-depression", "mouth-elevation", "mouth-eversion",
    "mouth-parling", "mouth-part-later", "mouth-protusion", "mouth-pursing", "mouth-retraction",
    "mouth-upward-retraction", "neck-platysma", "nose-compression", "nose-depression", "nose-left-dilatation",
    "nose-right-dilatation", "nose-left-elevation", "nose-right-elevation", "eye-left-slit", "eye-right-slit",
    "eye-left-opened-up", "eye-right-opened-up", "eyebrows-left-down", "eyebrows-right-down",
    "eyebrows-left-extern-up", "eyebrows-right-extern-up", "eyebrows-left-inner-up", "eyebrows-right-inner-up",
]


def frame_and_camera(draw, from_behind=False):
    """Returns (a performance's frame, the axes of the camera: rows right, up, back in body axes)."""
    pose = rotation(draw.uniform(-MOST_YAW, MOST_YAW), _bell(draw, 17, MOST_PITCH), _bell(draw, 6, MOST_ROLL))
    turn = rotation(*_turned(draw, pose))
    axes = pose @ turn.T
    if from_behind:
        axes = axes @ rotation(180 - angles(pose)[0] * 0.6, 0, 0)
    yaw, pitch, roll = angles(turn)
    return {"yaw": yaw, "pitch": pitch, "roll": roll, **expression(draw)}, axes


def _turned(draw, pose):
    """Which part of the pose the head makes itself."""
    yaw, pitch, roll = angles(pose)
    share = draw.uniform(0.0, 1.0)
    return (max(-MOST_TURN, min(MOST_TURN, share * yaw + draw.gauss(0, 6))),
            max(-22.0, min(22.0, draw.uniform(0.2, 0.8) * pitch + draw.gauss(0, 3))), roll)


def _bell(draw, width, limit):
    """Mostly within `width`, evenly up to the limit one time in four."""
    value = draw.uniform(-limit, limit) if draw.random() < 0.25 else draw.gauss(0, width)
    return max(-limit, min(limit, value))


def expression(draw):
    """Returns the expression's part of a frame: a few of all morphs at a time."""
    speaks, smiles = draw.random() < 0.55, draw.random() < 0.4
    wide_open = draw.random() < 0.12
    blink = draw.choice([0.0] * 6 + [draw.uniform(0, 0.6), draw.uniform(0.3, 0.9), 1.0])
    wink = draw.choice([0, 0, 0, 0, 0, 0, 0, 0, 1, -1])
    chosen = draw.sample(EXPRESSIONS, draw.choice([0, 0, 1, 2, 3, 5]))
    morphs = {name: draw.uniform(0.15, 0.45 if name.startswith("mouth") else 0.8) for name in chosen
              if not (wide_open and name.startswith("mouth"))}  # lips tear where mouth morphs add up
    return {
        "jaw": draw.uniform(1.2, 2.3) if wide_open else draw.uniform(0, 1.3) if speaks else 0.0,
        "purse": draw.uniform(0, 1.2) if draw.random() < 0.2 else 0.0,
        "wide": draw.uniform(0, 0.4 if wide_open else 1.0) if draw.random() < 0.25 else 0.0,
        "smile": draw.uniform(0.1, 0.5 if wide_open else 1.2) if smiles else 0.0,
        "blink_l": 1.0 if wink > 0 else blink, "blink_r": 1.0 if wink < 0 else blink,
        "brow": draw.uniform(-0.7, 1.0), "gaze_yaw": draw.uniform(-26, 26), "gaze_pitch": draw.uniform(-15, 12),
        "morphs": morphs,
    }


def eye_and_focal(draw, axes, centre, size):
    """Returns (the camera's eye, its focal length in pixels): near as an arm or far as a long lens."""
    distance = math.exp(draw.uniform(math.log(5.5), math.log(24)))
    pixels_a_decimetre = draw.uniform(*FACE_PIXELS) * size / 192 / FACE_WIDTH
    aside = axes[0] * draw.uniform(-0.06, 0.06) + axes[1] * draw.uniform(-0.06, 0.06)
    return centre + axes[2] * distance + aside, pixels_a_decimetre * distance


# Where the first lamp stands: azimuth from the camera in degrees (either side) and height in decimetres.
KEY_LAMPS = {
    "soft": ((0, 60), (8, 13)),
    "side": ((60, 110), (5, 11)),
    "flash": ((0, 8), (7, 9)),
    "behind": ((120, 180), (7, 12)),
    "above": ((0, 40), (17, 20)),
    "below": ((0, 40), (0, 4)),
    "colours": ((0, 110), (5, 12)),
    "flat": ((0, 60), (9, 11)),
}


def lights(draw, camera_azimuth):
    """Returns (lamps as in scenes.py, the sky's colour): anything from a flash to a lamp behind the head."""
    kind = draw.choice(["soft", "soft", "side", *KEY_LAMPS])
    azimuths, heights = KEY_LAMPS[kind]
    sky = math.exp(draw.uniform(math.log(0.03), math.log(0.35))) * (4 if kind == "flat" else 1)
    strength = 1.2 if kind == "colours" else 0.6
    power = 2500 * math.exp(draw.uniform(-0.5, 0.5)) * (0.15 if kind == "flat" else 1)
    azimuth = camera_azimuth + draw.choice([-1, 1]) * draw.uniform(*azimuths)
    size = draw.uniform(0.4, 0.8) if kind == "flash" else draw.uniform(0.8, 9)
    lamps = [_lamp(draw, azimuth, draw.uniform(*heights), power, size, strength)]
    if kind == "behind":
        lamps.append(_lamp(draw, camera_azimuth + draw.uniform(-60, 60), draw.uniform(5, 12),
                           power * draw.uniform(0.1, 0.6), 6, strength))
    for _ in range(draw.choice([0, 1, 1, 2])):
        lamps.append(_lamp(draw, draw.uniform(-180, 180), draw.uniform(4, 13), power * draw.uniform(0.03, 0.8),
                           draw.uniform(1, 9), strength))
    return lamps, [sky * part for part in _colour(draw, 0.5)]


def _lamp(draw, azimuth, height, power, size, strength):
    angle, distance = math.radians(azimuth), draw.uniform(9, 15)
    return {"pos": (distance * math.sin(angle), height, distance * math.cos(angle)), "size": size, "power": power,
            "color": _colour(draw, strength)}


def _colour(draw, strength):
    """A lamp's colour: warm or cold, or any where strength is above 1."""
    if strength > 1:
        return [draw.uniform(0.15, 1.1) for _ in range(3)]
    warmth = draw.uniform(-1, 1) * strength
    return (1, 1 - 0.3 * warmth, 1 - 0.6 * warmth) if warmth > 0 else (1 + 0.45 * warmth, 1 + 0.2 * warmth, 1)


def exposure_target(draw):
    """Returns how bright skin lies in the picture against its own colour: 1 is a good exposure."""
    kind = draw.random()
    if kind < 0.08:
        return math.exp(draw.uniform(math.log(0.05), math.log(0.3)))
    if kind < 0.16:
        return math.exp(draw.uniform(math.log(1.5), math.log(2.8)))
    return math.exp(draw.uniform(math.log(0.35), math.log(1.25)))
