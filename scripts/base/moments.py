"""The moments that everybody plays: a pose, an expression, light, camera and background each, drawn from its number."""
import math
import random

COUNT = 2400
# Numbers of the moments' frames are this far apart, so that no tracker takes them for a film.
FRAME_STEP = 10
BACKGROUNDS = 64
CAMERA_TARGET = (0.0, 7.22, 0.3)


def moment(number):
    """Returns (frame, scene) as performances.py and scenes.py of the cast explain them.

    The scene's `background` says which of BACKGROUNDS pictures it has, negative ones mirrored, in place of bg and seed.
    """
    draw = random.Random(7_000_000 + number)
    return _frame(draw), _scene(draw)


def _frame(draw):
    speaks, smiles = draw.random() < 0.6, draw.random() < 0.5
    blink = 1.0 if draw.random() < 0.08 else draw.choice([0.0] * 5 + [draw.uniform(0, 0.6)])
    yaw, pitch = _yaw(draw), _limited(draw.gauss(0, 9), 20)
    return {
        "yaw": yaw, "pitch": pitch, "roll": _limited(draw.gauss(0, 6), 14),
        "jaw": draw.uniform(0, 1) if speaks else 0.0,
        "purse": draw.uniform(0, 0.9) if draw.random() < 0.25 else 0.0,
        "wide": draw.uniform(0, 0.8) if draw.random() < 0.35 else 0.0,
        "smile": draw.uniform(0.1, 0.9) if smiles else 0.0, "blink_l": blink, "blink_r": blink,
        "brow": draw.uniform(-0.35, 0.6), "gaze_yaw": draw.uniform(-14, 14) - 0.35 * yaw,
        "gaze_pitch": draw.uniform(-8, 8) - 0.3 * pitch,
    }


def _yaw(draw):
    return draw.uniform(-45, 45) if draw.random() < 0.7 else _limited(draw.gauss(0, 12), 45)


def _limited(value, limit):
    return max(-limit, min(limit, value))


def _scene(draw):
    """A key light from anywhere in front, a fill and often a rim light, of mixed colours."""
    side = draw.choice([-1, 1])
    key, brightness = side * draw.uniform(0, 75), math.exp(draw.uniform(math.log(1900), math.log(4600)))
    grey = draw.uniform(0.08, 0.34)
    distance = draw.uniform(10, 18)
    aside, above = draw.uniform(-0.12, 0.12), draw.uniform(-0.06, 0.06)
    x, y, z = CAMERA_TARGET
    return {
        "background": draw.choice([-1, 1]) * (1 + draw.randrange(BACKGROUNDS)),
        "backdrop": math.exp(draw.uniform(-1.2, 0.6)),
        "exposure": math.exp(draw.uniform(-0.3, 0.3)),
        "ambient": (grey, grey * draw.uniform(0.9, 1.06), grey * draw.uniform(0.85, 1.3)),
        "cam": {"eye": (x + distance * aside, y + distance * above, z + distance),
                "at": (x + draw.uniform(-0.12, 0.12), y + draw.uniform(-0.12, 0.08), z),
                "fov": 2 * math.degrees(math.atan(draw.uniform(1.30, 1.62) / distance))},
        "lights": [
            _lamp(draw, key, draw.uniform(5.5, 13), 13, draw.uniform(2.5, 8), brightness, (-0.5, 0.9)),
            _lamp(draw, -key * draw.uniform(0.7, 1.2) - side * 10, draw.uniform(6, 9), 12, 8,
                  brightness * draw.uniform(0.05, 0.5), (-0.8, 0.5)),
            _lamp(draw, 180 + side * draw.uniform(20, 60), 11, 9, 4,
                  draw.uniform(600, 2300) * (draw.random() < 0.7), (-0.5, 0.3)),
        ],
    }


def _lamp(draw, azimuth, height, distance, size, power, warmths):
    angle, warmth = math.radians(azimuth), draw.uniform(*warmths)
    colour = (1, 1 - 0.25 * warmth, 1 - 0.45 * warmth) if warmth > 0 else (1 + 0.4 * warmth, 1 + 0.2 * warmth, 1)
    return {"pos": (distance * math.sin(angle), height, distance * math.cos(angle)), "size": size, "power": power,
            "color": colour}
