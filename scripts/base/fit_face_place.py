#!/usr/bin/env python3
"""Learns where a face lies in its head from how its aligned crops look, and writes face/face_place_rule.cpp.

Of people who do not exist it is known how another's face sits on their head: see Person.take_face(). A linear rule is
fitted to pairs of them, half with the landmarks that align found in the base's pictures, half with exact ones of people
of more kinds. See docs/base-model.md.
"""
import argparse
import glob
import json
import os
import random
import re
import sys

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.join(HERE, "..", "..")
sys.path[:0] = [HERE, os.path.join(HERE, "..", "cast")]

import cv2  # noqa: E402
import numpy as np  # noqa: E402

import moments  # noqa: E402
import people  # noqa: E402
from synthetic_cast.assets import Assets  # noqa: E402
from synthetic_cast.identities import random_identity  # noqa: E402
from synthetic_cast.person import HEAD_JOINT, Body, Person  # noqa: E402
from synthetic_cast.posing import Poser, rotation  # noqa: E402

INNER = slice(17, 68)  # landmarks that crops are aligned by
NUMBERS = ("sideways", "turn", "down", "down_per_pitch")
FIRST_SEED, KINDS = 1000, 900
EXPRESSIONS, VIEWS, EXAMPLE_VIEWS = 400, 48, 20
PAIRS = 4000
SYSTEMATIC, RANDOM = 0.008, 0.006  # error of landmarks: one a person, one a face; in mean faces
PENALTY = 0.1
MORPH_FOLDERS = ("head", "forehead", "eyebrows", "cheek", "nose", "chin", "mouth", "eyes")
MORPHS_A_PERSON = 14
ONE_SIDED = re.compile("(head|nose|mouth)/.*-trans-(in|out)$")
WHOLE_HEAD = re.compile("head/head-trans-")
OPPOSITES = re.compile("-(incr|decr|in|out|up|down|forward|backward|convex|concave|compress|uncompress)$")


def numbers_in(path, name):
    """Returns the numbers of a table of a C++ source, so that both know the same."""
    with open(os.path.join(ROOT, "lib/understudy/face", path), encoding="utf-8") as source:
        table = re.search(name + r" = \{(.*?)\};", source.read(), re.S).group(1)
    return np.array([float(n) for n in re.findall(r"-?\d+\.\d+", table)])


MEAN_FACE = np.stack([numbers_in("crop.cpp", "kMeanX"), numbers_in("crop.cpp", "kMeanY")], 1)
MEAN_FACE -= (0.490127, 0.4640146)  # the middle of every crop
HEAD = numbers_in("pose.cpp", "kHead").reshape(-1, 3)  # landmarks 17-47


def similarity(points):
    """Returns (a, b) of w = a z + b that fits complex landmarks 17-67 to the mean face."""
    z, w = as_complex(points[INNER]), as_complex(MEAN_FACE)
    centred = z - z.mean()
    a = (np.conj(centred) * (w - w.mean())).sum() / (np.abs(centred) ** 2).sum()
    return a, w.mean() - a * z.mean()


def as_complex(points):
    return points[:, 0] + 1j * points[:, 1]


def aligned(points):
    """Returns 68x2 landmarks in mean faces, about the middle of the crop."""
    a, b = similarity(points)
    w = a * as_complex(points) + b
    return np.stack([w.real, w.imag], 1)


def head_pose(points):
    """Returns sines of yaw and pitch as face::estimate_pose() finds them."""
    focal = 8 * np.linalg.norm(points[0] - points[16])
    camera = np.array([[focal, 0, points[27, 0]], [0, focal, points[27, 1]], [0, 0, 1.0]])
    eyes = np.linalg.norm(points[36] - points[45])
    _, turn, _ = cv2.solvePnP(HEAD, np.ascontiguousarray(points[17:48]), camera, None, np.zeros(3),
                              np.array([0, 0, focal / eyes]), True, cv2.SOLVEPNP_ITERATIVE)
    nose = cv2.Rodrigues(turn)[0] @ (0, 0, -1)
    return np.sin(np.arctan2(nose[0], -nose[2])), -nose[1]


def mirrored(point):
    """Returns the same point of the other half of the face."""
    sums = ((17, 16), (27, 43), (31, 2 * point), (36, 66))
    for end, total in sums:
        if point < end:
            return total - point
    if point < 48:
        return [45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40][point - 36]
    return next(total for end, total in ((55, 102), (60, 114), (65, 124), (68, 132)) if point < end) - point


MIRROR = np.array([mirrored(point) for point in range(68)])
HALF = np.array([point for point in range(68) if point <= MIRROR[point]])


def look(faces):
    """Returns what the rule is applied to: landmarks of half the face straight ahead, and per sine of yaw.

    faces: Nx68x2, any pixels. Least squares over both halves, quadratic in yaw and pitch, a little ridge.
    """
    sines = np.array([head_pose(face) for face in faces])
    points = np.array([aligned(face) for face in faces])
    sines = np.concatenate([sines, sines * (-1, 1)])
    points = np.concatenate([points, points[:, MIRROR] * (-1, 1)])
    yaw, pitch = sines.T
    basis = np.stack([np.ones(len(yaw)), yaw, pitch, yaw * yaw, yaw * pitch, pitch * pitch], 1)
    ridge = np.diag([0, 0.001, 0.005, 0.0025, 0.01, 0.01]) * len(yaw)
    solved = np.linalg.solve(basis.T @ basis + ridge, basis.T @ points.reshape(len(points), -1)).reshape(6, 68, 2)
    return np.concatenate([solved[0][HALF].ravel(), solved[1][HALF].ravel()])


class Head:
    """A person's vertices, and landmarks in decimetres about the head's joint."""

    def __init__(self, body, identity):
        self.person = Person(body, identity)
        self.points = body.landmarks.interpolate(self.person.vertices)


def place(body, weight, likeness, performer):
    """Returns NUMBERS: from the likeness' aligned crop to where its face lies in the performer's."""
    swapped = body.landmarks.interpolate(performer.person.shape_with_face(likeness.person, weight))

    def change(yaw, pitch):
        a, b = similarity(seen(performer.points, yaw, pitch))
        a_swapped, b_swapped = similarity(seen(swapped, yaw, pitch))
        return a / a_swapped, b - a / a_swapped * b_swapped

    half, sixth = 30, 10  # degrees
    sine, sine_of_sixth = np.sin(np.radians(half)), np.sin(np.radians(sixth))
    turned, up, down = change(half, 0), change(0, sixth), change(0, -sixth)
    return np.array([turned[1].real / sine, np.angle(turned[0]) / sine, change(0, 0)[1].imag,
                     (up[1].imag - down[1].imag) / (2 * sine_of_sixth)])


def seen(points, yaw, pitch, distance=None):
    """Returns 68x2 points, y down, of a head turned by degrees; distance: of a camera that sees in perspective."""
    turned = (points - HEAD_JOINT) @ rotation(yaw, pitch, 0).T
    flat = turned[:, :2] * (1, -1)
    return flat if distance is None else flat * (distance / (distance - turned[:, 2:]))


def all_morphs(assets):
    """Returns the names of the morphs that change one face as another may be, both sides alike."""
    out = []
    for folder in MORPH_FOLDERS:
        for path in sorted(glob.glob(os.path.join(assets.folder, "targets", folder, "*.target*"))):
            stem = os.path.basename(path).split(".target")[0]
            name = f"*{folder}/{stem[2:]}" if stem.startswith("l-") else f"{folder}/{stem}"
            if not (stem.startswith("r-") or ONE_SIDED.search(name) or WHOLE_HEAD.search(name)):
                out.append(name)
    return list(dict.fromkeys(out))


def varied(identity, morphs, seed):
    """Returns the identity with more of all kinds of morphs, none beside its opposite."""
    draw, chosen = random.Random(11_000_000 + seed), dict(identity["morphs"])
    stems = {OPPOSITES.sub("", name) for name in chosen}
    for name in draw.sample(morphs, MORPHS_A_PERSON):
        if OPPOSITES.sub("", name) not in stems:
            stems.add(OPPOSITES.sub("", name))
            chosen[name] = min(0.9, abs(draw.gauss(0, 0.45)))
    return {**identity, "morphs": chosen}


def drawn_faces(points, expressions, draw, views, error):
    """Returns VIEWSx68x2 landmarks of a head in all poses; error: in those that a detector makes."""
    systematic = draw.normal(0, error * SYSTEMATIC, (68, 2))
    systematic = (systematic + systematic[MIRROR] * (-1, 1)) / 2
    distance, out = draw.uniform(10, 18), []
    for _ in range(views):
        moving = points + expressions[draw.integers(len(expressions))]
        face = aligned(seen(moving, draw.uniform(-40, 40), draw.normal(0, 8), distance))
        out.append(face + systematic + draw.normal(0, error * RANDOM, (68, 2)))
    return np.array(out)


def expression_moves(body):
    """Returns Nx68x3: how the neutral person's landmarks move in the moments' expressions."""
    neutral = Person(body, people.NEUTRAL)
    poser, rest = Poser(neutral), body.landmarks.interpolate(neutral.vertices)
    frames = [{**moments.moment(number)[0], "yaw": 0, "pitch": 0, "roll": 0} for number in range(EXPRESSIONS)]
    return np.array([body.landmarks.interpolate(poser.pose(frame).vertices) - rest for frame in frames])


def found_faces(dataset, seed):
    """Returns Nx68x2 landmarks that align found of a person of the base."""
    out = []
    for path in sorted(glob.glob(os.path.join(dataset, "align", f"moments.p{seed}", "*", "faces.jsonl"))):
        with open(path, encoding="utf-8") as lines:
            out += [record["landmarks"] for record in map(json.loads, lines)]
    return np.array(out, float)


def pairs(looks, heads, body, weight, draw):
    """Returns differences of looks, and NUMBERS, of PAIRS pairs."""
    chosen = [(a, b) for a, b in draw.integers(0, len(heads), (PAIRS, 2)) if a != b]
    return (np.array([looks[a] - looks[b] for a, b in chosen]),
            np.array([place(body, weight, heads[a], heads[b]) for a, b in chosen]))


def learned(sets, spread):
    """Returns len(NUMBERS) x len(look) weights: ridge regression, all sets counting alike."""
    size = sets[0][0].shape[1]
    products = sum(x.T @ x / len(x) for x, _ in sets) + len(sets) * PENALTY * spread ** 2 * np.eye(size)
    return np.linalg.solve(products, sum(x.T @ y / len(x) for x, y in sets)).T


def report(name, looks, truth, rule):
    guessed = looks @ rule.T
    for i, number in enumerate(NUMBERS):
        off = np.sqrt(((guessed - truth)[:, i] ** 2).mean())
        print(f"{name} {number}: {np.sqrt((truth[:, i] ** 2).mean()):.4f}, off by {off:.4f}, "
              f"correlation {np.corrcoef(guessed[:, i], truth[:, i])[0, 1]:.2f}")


def write_rule(rule, most, path):
    rows = rule.round(4).reshape(len(NUMBERS), 2, len(HALF), 2) + 0.0  # no -0
    with open(path, "w", encoding="utf-8") as out:
        out.write("// Made by scripts/base/fit_face_place.py; see docs/base-model.md.\n"
                  '#include "understudy/face/face_place_rule.h"\n\nnamespace understudy::face {\n\n'
                  f"const std::array<PlaceRule, {len(NUMBERS)}> kPlaceRules = {{{{\n")
        for number, (ahead, per_yaw), limit in zip(NUMBERS, rows, most):
            out.write(f"    // {number}\n    {{{limit:.4f},\n")
            for table in (ahead, per_yaw):
                out.write("     {{" + ", ".join(f"{{{x:.4f}, {y:.4f}}}" for x, y in table) + "}},\n")
            out.write("    },\n")
        out.write("}};\n\n}  // namespace understudy::face\n")


def write_example(looks_of, heads, body, weight, rule, path):
    """A few people's landmarks and where the rule says that their faces lie, for the tests."""
    places = [rule @ look(faces) for faces in looks_of]
    truth = [[place(body, weight, a, b).round(5).tolist() for b in heads] for a in heads]
    people_out = [{"faces": (faces * 400).round(2).tolist(), "place": where.round(5).tolist()}
                  for faces, where in zip(looks_of, places)]
    with open(path, "w", encoding="utf-8") as out:
        json.dump({"people": people_out, "likeness_on_performer": truth}, out, separators=(",", ":"))
        out.write("\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    add = parser.add_argument
    add("dataset", help="the base's people, aligned with --landmarker understudy")
    add("--data", default=os.environ.get("MH_DATA"), help="body data (default: environment's MH_DATA)")
    add("--out", default=os.path.join(ROOT, "lib/understudy/face/face_place_rule.cpp"), help="the C++ source")
    add("--example", default=os.path.join(ROOT, "tests/data/face_place.json"), help="the tests' people")
    options = parser.parse_args()
    if not options.data:
        parser.error("--data or the environment's MH_DATA must name the body data; see docs/rendering-the-cast.md")
    body, draw = Body(Assets(options.data)), np.random.default_rng(1)
    weight, expressions = Person(body, people.NEUTRAL).exchange_weight(), expression_moves(body)
    morphs = all_morphs(body.assets)

    def kind(seed):
        return Head(body, varied((random_identity if seed % 2 else people.person)(seed), morphs, seed))

    kinds = [kind(seed) for seed in range(FIRST_SEED, FIRST_SEED + KINDS)]
    kind_looks = np.array([look(drawn_faces(head.points, expressions, draw, VIEWS, 1)) for head in kinds])
    seeds = [seed for seed in range(people.FIRST_SEED, people.FIRST_SEED + 100)
             if len(found_faces(options.dataset, seed)) >= VIEWS]
    base = [Head(body, people.person(seed)) for seed in seeds]
    base_looks = np.array([look(found_faces(options.dataset, seed)) for seed in seeds])
    spread, seventh = kind_looks.std(0).mean(), len(base) * 7 // 10

    wide = pairs(kind_looks, kinds, body, weight, draw)
    unseen = pairs(base_looks[seventh:], base[seventh:], body, weight, draw)
    half = learned([wide, pairs(base_looks[:seventh], base[:seventh], body, weight, draw)], spread)
    report("people left out,", *unseen, half)
    rule = learned([wide, pairs(base_looks, base, body, weight, draw)], spread)
    write_rule(rule, 3 * wide[1].std(0), options.out)
    shown = [kind(seed) for seed in range(FIRST_SEED + KINDS, FIRST_SEED + KINDS + 4)]
    faces = [drawn_faces(head.points, expressions, draw, EXAMPLE_VIEWS, 0) for head in shown]
    write_example(faces, shown, body, weight, rule, options.example)


if __name__ == "__main__":
    sys.exit(main())
