"""Shots of several people: who is where and when, as data.

To add one: copy an entry of SHOTS. `size` and `fps` are of the clip; `scenes` follow each other with cuts between.
A scene is one of scenes.py seen by another camera, for `frames` frames. Each of its `people` has an identity, a
performance and a path: decimetres from the body's place (right, up, towards the camera) at the first and at the last
frame. `hand` is held before a person's face from the first to the last frame of `when`, and passes it from one place
to the other: decimetres from the nose, to the picture's right and up.
"""

CROSSING = {
    "size": (480, 270), "fps": 24,
    "scenes": [
        {
            "scene": "studio", "frames": 48,
            "cam": {"eye": (0.0, 7.5, 30.0), "at": (0.0, 7.2, 0.3), "fov": 13.5},
            "people": [
                {"identity": "ada", "performance": {"seed": 5, "yaw": 9, "pitch": 4, "roll": 3},
                 "path": [(-2.9, 0.0, 1.0), (2.9, 0.0, 1.0)]},
                {"identity": "bruno", "performance": {"seed": 9, "yaw": 12, "pitch": 5, "roll": 4},
                 "path": [(2.9, 0.1, -2.5), (-2.9, 0.1, -2.5)]},
            ],
        },
        {
            "scene": "evening", "frames": 36,
            "cam": {"eye": (3.0, 7.2, 28.0), "at": (0.0, 7.2, 0.0), "fov": 13.5},
            "people": [
                {"identity": "ada", "performance": {"seed": 12, "yaw": 16, "pitch": 6, "roll": 4},
                 "path": [(2.0, 0.0, 0.0), (1.8, 0.0, 0.0)]},
                {"identity": "bruno", "performance": {"seed": 31, "yaw": 10, "pitch": 5, "roll": 5},
                 "path": [(-2.0, 0.2, 0.5), (-1.9, 0.1, 0.5)],
                 "hand": {"when": (10, 27), "path": [(-2.2, -1.5), (2.0, 0.4)]}},
            ],
        },
    ],
}

SHOTS = {"crossing": CROSSING}
