"""Who plays the moments: the neutral person, and people drawn from seeds with more variety than the cast's own."""
import random

from synthetic_cast.identities import DARK_TONE, LIGHT_TONE, random_identity

FIRST_SEED = 100  # people below are free for tests and demonstrations
MOMENTS_A_PERSON = 80
STRONGEST_MORPH = 0.85
STYLES = {0: ["bob", "bob", "long", "long", "tied", "tied", "short"], 1: ["short", "short", "short", "buzz", "tied"]}

NEUTRAL = {
    "gender": 0.5, "age": 33, "weight": 0.5, "muscle": 0.5,
    "ethnic": {"caucasian": 0.34, "african": 0.33, "asian": 0.33}, "morphs": {"*eyes/eye-height2-incr": 0.5, "*eyes/eye-height1-incr": 0.25, "*eyes/eye-height3-incr": 0.25},
    "tone": (0.44, 0.27, 0.20), "lip": (0.36, 0.13, 0.11), "blush": 0.4,
    "stubble": 0.0, "freckles": 0.0, "wrinkles": 0.0, "iris": "brown",
    "hair": {"style": "short", "melanin": 0.85, "redness": 0.4, "grey": 0.0},
    "brow": {"width": 0.8, "arch": 0.004, "n": 220, "melanin": 0.85},
    "lash": 0.7, "shirt": (0.08, 0.10, 0.12),
}


def person(seed):
    """Returns the identity of a person of the base."""
    identity, draw = random_identity(seed), random.Random(8_000_000 + seed)
    identity["morphs"] = {name: min(STRONGEST_MORPH, 1.3 * strength) for name, strength in identity["morphs"].items()}
    opened = draw.uniform(0.1, 0.8)
    for number, share in ((2, 1.0), (1, 0.5), (3, 0.5)):
        identity["morphs"][f"*eyes/eye-height{number}-incr"] = share * opened
    if draw.random() < 0.5:
        dark = draw.random()
        identity["tone"] = LIGHT_TONE * (1 - dark) + DARK_TONE * dark
    identity["tone"] = [float(part) * draw.uniform(0.93, 1.07) for part in identity["tone"]]
    identity["lip"] = [part * share for part, share in zip(identity["tone"], (0.72, 0.42, 0.45))]
    red = draw.uniform(0.9, 1.5) if identity["gender"] < 0.5 and draw.random() < 0.3 else 1.0
    identity["lip"] = [identity["lip"][0] * red, identity["lip"][1] / red, identity["lip"][2] / red]
    hair = identity["hair"]
    hair["style"] = draw.choice(STYLES[round(identity["gender"])])
    hair["melanin"] = draw.choice([draw.uniform(0.15, 0.6), draw.uniform(0.6, 0.97), draw.uniform(0.8, 0.97)])
    identity["brow"].update(width=draw.uniform(0.5, 1.15), arch=draw.uniform(-0.004, 0.014), n=draw.randrange(150, 340),
                            melanin=min(0.97, hair["melanin"] + draw.uniform(0.0, 0.3)))
    identity["iris"] = draw.choice(["brown", "brown", "hazel", "green", "blue"])
    identity["lash"] = draw.uniform(0.2, 1.0)
    identity["shirt"] = [draw.uniform(0.02, 0.5) for _ in range(3)]
    return identity


def moments_of(seed, count):
    """Returns the numbers of the moments that a person plays, of `count` moments."""
    return sorted(random.Random(9_000_000 + seed).sample(range(count), min(count, MOMENTS_A_PERSON)))
