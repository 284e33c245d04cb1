"""Who the sprites show: identities drawn from seeds, with more variety than the cast's own."""
import math
import random

import numpy as np

from synthetic_cast.beard import SHAPES
from synthetic_cast.identities import random_identity
from synthetic_cast.person import HEAD_JOINT, Person
from synthetic_cast.raster_hair import GREY, hair_colour

# Seeds of people. Nobody of the test set is ever trained on; seeds below are the base model's.
TRAINING_IDENTITIES = range(10_000, 20_000)
TEST_IDENTITIES = range(20_000, 30_000)
SPRITES_A_PERSON = 24

# From very light to very dark skin, linear RGB, at equal steps of how often they are drawn.
TONES = np.log([(0.74, 0.51, 0.41), (0.60, 0.375, 0.285), (0.42, 0.25, 0.165), (0.27, 0.145, 0.09),
                (0.15, 0.075, 0.048), (0.06, 0.031, 0.022)])
# Besides identities.MORPH_PAIRS: stem and the endings of its two opposites.
MORE_PAIRS = [
    *[(stem, "decr", "incr") for stem in (
        "nose/nose-volume", "nose/nose-width1", "nose/nose-width2", "nose/nose-width3", "nose/nose-nostrils-width",
        "nose/nose-scale-depth", "mouth/mouth-scale-vert", "mouth/mouth-upperlip-height",
        "mouth/mouth-lowerlip-height", "mouth/mouth-cupidsbow", "*cheek/cheek-inner", "head/head-fat",
        "head/head-age", "head/head-scale-horiz", "head/head-scale-vert", "chin/chin-bones", "chin/chin-jaw-drop",
        "forehead/forehead-temple", "forehead/forehead-scale-vert", "*eyes/eye-bag", "*ears/ear-scale",
        "*ears/ear-wing")],
    *[(stem, "down", "up") for stem in (
        "nose/nose-base", "nose/nose-trans", "mouth/mouth-trans", "mouth/mouth-angles", "eyebrows/eyebrows-angle",
        "eyebrows/eyebrows-trans", "*eyes/eye-corner1", "*eyes/eye-trans")],
    ("*eyes/eye-trans", "in", "out"), ("nose/nose-curve", "concave", "convex"), ("*eyes/eye-epicanthus", "in", "out"),
]
ASYMMETRIES = ["asym/asym-" + name for name in (
    "brown-1", "brown-2", "cheek-1", "cheek-2", "eye-2", "eye-5", "eye-8", "jaw-1", "jaw-2", "mouth-1", "mouth-2",
    "nose-1", "nose-3", "temple-1")]
HAIR_OF_WOMEN = ["bob", "bob", "long", "long", "tied", "tied", "short", "tousled", "curly", "fringe", "long fringe",
                 "afro", "buzz", "bald"]
HAIR_OF_MEN = ["short", "short", "short", "tousled", "tousled", "buzz", "buzz", "bald", "bald", "afro", "curly", "tied",
               "long"]
HAIR_UNDER_HATS = ["short", "short", "buzz", "bald", "bob", "long", "tied"]
HEADWEAR = [None] * 15 + ["cap", "cap", "cap backwards", "beanie", "beanie", "brim", "scarf", "hood"]


def identity_of(seed):
    """Returns the identity of a person; `headwear` is a row of hats.HATS or None."""
    identity, draw = random_identity(seed), random.Random(f"person {seed}")
    identity["age"] = draw.uniform(11, 20) if draw.random() < 0.12 else draw.uniform(18, 84)
    identity["gender"] = min(1, max(0, identity["gender"] + draw.choice([0, 0, 0, 0.15, -0.15])))
    identity["weight"] = draw.uniform(0.15, 0.95)
    identity["wrinkles"] = max(0.0, (identity["age"] - 35) / 30)
    _add_morphs(identity, draw)
    _colour(identity, draw)
    _groom(identity, draw)
    identity["shirt"] = [draw.choice([draw.uniform(0.02, 0.6), draw.uniform(0.02, 0.1)]) for _ in range(3)]
    identity["headwear"] = draw.choice(HEADWEAR)
    if identity["headwear"]:
        covered = identity["headwear"] in ("scarf", "hood")
        identity["hair"]["style"] = draw.choice(["bald", "buzz"] if covered else HAIR_UNDER_HATS)
    return identity


def _add_morphs(identity, draw):
    morphs = identity["morphs"] = {name: min(0.9, 1.25 * strength) for name, strength in identity["morphs"].items()}
    for stem, *opposites in draw.sample(MORE_PAIRS, 9):
        morphs[f"{stem}-{draw.choice(opposites)}"] = draw.uniform(0.1, 0.45 if "head" in stem else 0.7)
    for stem in draw.sample(ASYMMETRIES, 3):
        morphs[f"{stem}-{draw.choice('lr')}"] = draw.uniform(0.1, 0.5)
    opened = draw.uniform(0.0, 0.8)
    for number, share in ((2, 1.0), (1, 0.5), (3, 0.5)):
        morphs[f"*eyes/eye-height{number}-incr"] = share * opened


def _colour(identity, draw):
    place = draw.uniform(0, len(TONES) - 1)
    dark = place / (len(TONES) - 1)
    tone = np.exp([np.interp(place, range(len(TONES)), TONES[:, channel]) for channel in range(3)])
    tone = tone * [draw.uniform(0.93, 1.07) for _ in range(3)]
    identity["tone"] = tone.tolist()
    shares = {"caucasian": draw.expovariate(0.5 + 2 * dark), "african": draw.expovariate(3 - 2.6 * dark),
              "asian": draw.expovariate(1)}
    identity["ethnic"] = {name: share / sum(shares.values()) for name, share in shares.items()}
    identity["lip"] = (tone * (0.72, 0.42 + 0.2 * dark, 0.45 + 0.25 * dark)).tolist()
    identity["blush"] = draw.uniform(0.1, 0.7)
    if identity["gender"] < 0.5 and draw.random() < 0.4:
        red = draw.uniform(0.9, 1.7)
        identity["lip"] = [identity["lip"][0] * red, identity["lip"][1] / red, identity["lip"][2] / red]
        shade = draw.uniform(0.3, 0.95)
        identity["eye_shadow"] = [shade * draw.uniform(0.8, 1.15) for _ in range(3)]


def _groom(identity, draw):
    man, age = identity["gender"] > 0.5, identity["age"]
    hair = identity["hair"]
    hair["style"] = draw.choice(HAIR_OF_MEN if man else HAIR_OF_WOMEN)
    dark = draw.random() < 0.5 + 0.4 * (identity["tone"][0] < 0.3)
    hair["melanin"] = draw.uniform(0.82, 0.975) if dark else draw.uniform(0.12, 0.85)
    hair["redness"] = draw.uniform(0.05, 0.95)
    hair["grey"] = min(1.0, max(0.0, (age - draw.uniform(30, 70)) / 8))
    colour = hair_colour([hair["melanin"]], hair["redness"])[0] * (1 - hair["grey"]) + GREY * hair["grey"]
    identity["scalp"] = (0.4 * colour + 0.2 * np.array(identity["tone"])).tolist()
    pigment = min(0.97, hair["melanin"] + draw.uniform(0.0, 0.3))
    identity["brow"].update(width=draw.uniform(0.45, 1.2), arch=draw.uniform(-0.004, 0.014),
                            n=draw.randrange(110, 340), melanin=pigment * (1 - 0.5 * hair["grey"]))
    identity["iris"] = draw.choice(["brown", "brown", "brown", "hazel", "green", "blue"])
    identity["lash"] = draw.uniform(0.0, 1.0)
    identity["stubble"] = draw.uniform(0, 0.9) if man and draw.random() < 0.6 else 0.0
    if man and age > 19 and draw.random() < 0.38:
        length = math.exp(draw.uniform(math.log(0.06), math.log(0.40)))
        identity["beard"] = {"shape": draw.choice([*SHAPES, "full", "full"]), "length": length}


def build(body, identity):
    """Returns the Person, with a head of everybody's size: the camera's distance is what varies the size."""
    person = Person(body, identity)
    size = _face_size(body.landmarks.interpolate(body.mesh.neutral)) / _face_size(
        body.landmarks.interpolate(person.vertices))
    person.vertices = HEAD_JOINT + (person.vertices - HEAD_JOINT) * size
    return person


def _face_size(landmarks):
    """Brows to chin and ear to ear."""
    return np.linalg.norm(landmarks[8] - landmarks[27]) + np.linalg.norm(landmarks[0] - landmarks[16])
