"""Who there is: identities as data, and random people.

To add one: copy an entry of IDENTITIES, or write the same dict to a JSON file and pass it to --identity.

gender 0 = female, 1 = male; age in years; weight, muscle and the shares of ethnic are 0..1. `morphs` maps a
morph file below the data's `targets` folder (without its ending) to its strength; a leading "*" stands for
both sides: "*eyes/eye-scale-incr" is eyes/l-eye-scale-incr and eyes/r-eye-scale-incr. Colours are linear RGB.
"""
import numpy as np

IDENTITIES = {
    "ada": {
        "gender": 0.0, "age": 29, "weight": 0.46, "muscle": 0.5,
        "ethnic": {"caucasian": 0.85, "asian": 0.15},
        "morphs": {
            "head/head-oval": 0.55,
            "nose/nose-scale-horiz-decr": 0.35,
            "nose/nose-point-up": 0.3,
            "nose/nose-width2-decr": 0.3,
            "mouth/mouth-lowerlip-volume-incr": 0.45,
            "mouth/mouth-upperlip-volume-incr": 0.4,
            "mouth/mouth-cupidsbow-incr": 0.3,
            "*eyes/eye-scale-incr": 0.25,
            "*eyes/eye-height2-incr": 0.55,
            "*eyes/eye-height1-incr": 0.3,
            "*eyes/eye-height3-incr": 0.3,
            "*cheek/cheek-bones-incr": 0.35,
            "chin/chin-triangle": 0.3,
            "*eyes/eye-corner2-up": 0.2,
        },
        "tone": (0.60, 0.375, 0.285), "lip": (0.43, 0.135, 0.13), "blush": 0.55,
        "stubble": 0.0, "freckles": 0.45, "wrinkles": 0.0, "iris": "green",
        "hair": {"style": "bob", "melanin": 0.72, "redness": 0.75, "grey": 0.0},
        "brow": {"width": 0.62, "arch": 0.008, "n": 170, "melanin": 0.62},
        "lash": 1.0, "shirt": (0.06, 0.17, 0.20),
    },
    "bruno": {
        "gender": 1.0, "age": 47, "weight": 0.60, "muscle": 0.6,
        "ethnic": {"caucasian": 1.0},
        "morphs": {
            "head/head-square": 0.45,
            "nose/nose-hump-incr": 0.45,
            "nose/nose-scale-vert-incr": 0.3,
            "nose/nose-width3-incr": 0.3,
            "nose/nose-volume-incr": 0.2,
            "chin/chin-width-incr": 0.45,
            "chin/chin-prominent-incr": 0.3,
            "mouth/mouth-scale-horiz-incr": 0.3,
            "mouth/mouth-upperlip-volume-decr": 0.3,
            "*eyes/eye-bag-incr": 0.5,
            "*eyes/eye-height2-incr": 0.45,
            "*eyes/eye-height1-incr": 0.2,
            "*eyes/eye-height3-incr": 0.2,
            "forehead/forehead-nubian-incr": 0.25,
            "eyebrows/eyebrows-trans-forward": 0.4,
            "mouth/mouth-laugh-lines-in": 0.5,
            "*cheek/cheek-inner-decr": 0.3,
        },
        "tone": (0.50, 0.305, 0.225), "lip": (0.37, 0.165, 0.14), "blush": 0.5,
        "stubble": 0.8, "freckles": 0.12, "wrinkles": 0.8, "iris": "brown",
        "hair": {"style": "short", "melanin": 0.92, "redness": 0.3, "grey": 0.22},
        "brow": {"width": 0.92, "arch": 0.0, "n": 230, "melanin": 0.86},
        "lash": 0.0, "shirt": (0.10, 0.11, 0.15),
    },
}

HEAD_SHAPES = ["oval", "square", "round", "rectangular", "diamond"]
IRIS_COLOURS = ["brown", "brown", "hazel", "green", "blue"]
LIGHT_TONE = np.array((0.60, 0.375, 0.285))
DARK_TONE = np.array((0.17, 0.085, 0.055))

# Morphs that come as a pair of opposites: stem, ending for negative, ending for positive strength.
MORPH_PAIRS = [
    ("nose/nose-scale-horiz", "decr", "incr"),
    ("nose/nose-hump", "decr", "incr"),
    ("nose/nose-point", "down", "up"),
    ("nose/nose-scale-vert", "decr", "incr"),
    ("chin/chin-width", "decr", "incr"),
    ("chin/chin-prominent", "decr", "incr"),
    ("chin/chin-height", "decr", "incr"),
    ("mouth/mouth-scale-horiz", "decr", "incr"),
    ("mouth/mouth-lowerlip-volume", "decr", "incr"),
    ("mouth/mouth-upperlip-volume", "decr", "incr"),
    ("*eyes/eye-scale", "decr", "incr"),
    ("*eyes/eye-corner2", "down", "up"),
    ("*cheek/cheek-bones", "decr", "incr"),
    ("*cheek/cheek-volume", "decr", "incr"),
    ("forehead/forehead-nubian", "decr", "incr"),
]


def random_identity(seed):
    """Draws a person. The order of the draws is part of what a seed means: add new ones at the end."""
    rng = np.random.RandomState(seed)
    gender = float(rng.rand() < 0.5)
    caucasian, african, asian = (float(share) for share in rng.dirichlet((1.2, 0.8, 0.8)))
    morphs = {}
    for stem, negative, positive in MORPH_PAIRS:
        strength = float(np.clip(rng.normal() * 0.35, -0.7, 0.7))
        morphs[f"{stem}-{positive if strength > 0 else negative}"] = abs(strength)
    head_strength = float(rng.uniform(0.2, 0.6))
    morphs["head/head-" + rng.choice(HEAD_SHAPES)] = head_strength
    age = float(rng.uniform(22, 65))
    tone = LIGHT_TONE * (1 - african) + DARK_TONE * african
    tone *= rng.uniform(0.85, 1.08)
    return {
        "gender": gender,
        "age": age,
        "weight": float(rng.uniform(0.35, 0.7)),
        "muscle": 0.5,
        "ethnic": {"caucasian": caucasian, "african": african, "asian": asian},
        "morphs": morphs,
        "tone": tone.tolist(),
        "lip": (tone * (0.72, 0.42, 0.45)).tolist(),
        "blush": float(rng.uniform(0.3, 0.6)),
        "stubble": float(gender * rng.uniform(0, 0.9)),
        "freckles": float(rng.rand() ** 2 * 0.6),
        "wrinkles": max(0.0, (age - 35) / 30),
        "iris": str(rng.choice(IRIS_COLOURS)),
        "hair": {
            "style": "short" if gender else "bob",
            "melanin": float(rng.uniform(0.4, 0.97)),
            "redness": float(rng.uniform(0.1, 0.9)),
            "grey": float(max(0, (age - 42) / 60)),
        },
        "brow": {"width": 0.62 + 0.4 * gender, "arch": 0.008 * (1 - gender), "n": 220 + int(120 * gender),
                 "melanin": 0.85},
        "lash": 1 - 0.3 * gender,
        "shirt": rng.uniform(0.03, 0.25, 3).tolist(),
    }
