#!/usr/bin/env python3
"""Renders sprites that face models learn from: heads and shoulders of people who do not exist, with truth.

SET/sprites/NNNNNN.jpg holds the colour, NNNNNN.png class * 64 + alpha / 4, SET/truth.jsonl a line a sprite. Goes on
where it was stopped; several processes may take parts of a set. See docs/face-models.md.
"""
import argparse
import json
import os
import sys
import time

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "cast")]

import cv2  # noqa: E402

from synthetic_faces.people import SPRITES_A_PERSON, TRAINING_IDENTITIES  # noqa: E402
from synthetic_faces.sprite import Studio  # noqa: E402

JPEG_QUALITY = 95


def missing_sprites(options):
    """Yields (identity, number) of the sprites that are not there yet."""
    first, last = options.identities
    for number in range(options.first, options.first + options.count):
        identity = first + number // options.a_person
        if identity > last:
            raise SystemExit(f"error: sprite {number} needs identity {identity}, but --identities end at {last}.")
        if not os.path.exists(sprite_path(options.out, number, "json")):
            yield identity, number


def sprite_path(out, number, ending):
    return os.path.join(out, "sprites", f"{number:06d}.{ending}")


def write(out, identity, number, shot):
    """Writes a sprite's pictures, then its truth, so that what has its truth is whole."""
    packed = (shot.classes * 64 + (shot.alpha >> 2)).astype("uint8")
    cv2.imwrite(sprite_path(out, number, "jpg"), shot.picture, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])
    cv2.imwrite(sprite_path(out, number, "png"), packed)
    line = json.dumps({"sprite": f"{number:06d}", "identity": f"seed:{identity}", **shot.truth()})
    with open(sprite_path(out, number, "part"), "w", encoding="utf-8") as file:
        file.write(line + "\n")
    os.replace(sprite_path(out, number, "part"), sprite_path(out, number, "json"))


def gather_truth(out):
    """Writes truth.jsonl of all sprites that there are."""
    folder = os.path.join(out, "sprites")
    part = os.path.join(out, f".truth.{os.getpid()}.part")
    with open(part, "w", encoding="utf-8") as file:
        for name in sorted(os.listdir(folder)):
            if name.endswith(".json"):
                with open(os.path.join(folder, name), encoding="utf-8") as line:
                    file.write(line.read())
    os.replace(part, os.path.join(out, "truth.jsonl"))


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0])
    add = parser.add_argument
    add("--out", required=True, help="folder of the set")
    add("--first", type=int, default=0, help="number of the first sprite (default 0)")
    add("--count", type=int, required=True, help="how many")
    add("--identities", type=_range, default=(TRAINING_IDENTITIES[0], TRAINING_IDENTITIES[-1]), metavar="A-B",
        help="numbers of the people (default: those of the training set)")
    add("--a-person", type=int, default=SPRITES_A_PERSON, metavar="N",
        help=f"sprites of each person (default {SPRITES_A_PERSON})")
    add("--data", default=os.environ.get("MH_DATA"), help="body data (default: environment's MH_DATA)")
    options = parser.parse_args()
    if not options.data:
        parser.error("--data or the environment's MH_DATA must name the body data; see docs/rendering-the-cast.md")
    cv2.setNumThreads(1)
    os.makedirs(os.path.join(options.out, "sprites"), exist_ok=True)
    studio, started, made = None, time.time(), 0
    for identity, number in missing_sprites(options):
        studio = studio or Studio(options.data)
        write(options.out, identity, number, studio.sprite(identity, number))
        made += 1
        if made % 100 == 0:
            gather_truth(options.out)
            print(f"{made} sprites in {time.time() - started:.0f} s", flush=True)
    gather_truth(options.out)
    print(f"{made} sprites in {time.time() - started:.0f} s")


def _range(text):
    first, _, last = text.partition("-")
    return int(first), int(last)


if __name__ == "__main__":
    sys.exit(main())
