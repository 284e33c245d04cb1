"""Where a clip plays: background, light and camera as data.

To add one: copy an entry of SCENES, or write the same dict to a JSON file and pass its path to --scene.
Positions and `size` are decimetres in body axes, `power` watts, `fov` the vertical angle in degrees.
`bg` is a kind of background.py and `seed` draws its furniture.
"""

SCENES = {
    "studio": {
        "bg": "office", "seed": 3, "ambient": (0.22, 0.24, 0.28), "exposure": 1.0,
        "cam": {"eye": (0.0, 7.45, 15.0), "at": (0.0, 7.22, 0.3), "fov": 14.5},
        "lights": [
            {"pos": (-7, 11, 12), "size": 7, "power": 2700, "color": (1, 0.96, 0.90)},
            {"pos": (9, 8, 9), "size": 8, "power": 650, "color": (0.88, 0.94, 1)},
            {"pos": (5, 11, -8), "size": 4, "power": 1900, "color": (1, 1, 1)},
        ],
    },
    "evening": {
        "bg": "lounge", "seed": 8, "ambient": (0.16, 0.15, 0.18), "exposure": 1.0,
        "cam": {"eye": (1.4, 6.9, 14.6), "at": (0.05, 7.22, 0.3), "fov": 14.5},
        "lights": [
            {"pos": (9, 10, 9), "size": 4, "power": 4300, "color": (1, 0.83, 0.64)},
            {"pos": (-10, 7, 7), "size": 7, "power": 900, "color": (0.62, 0.76, 1)},
            {"pos": (-6, 11, -8), "size": 3, "power": 2300, "color": (0.7, 0.82, 1)},
        ],
    },
}
