#!/usr/bin/env python3
"""Packs a rendered set of faces into the one file that the training reads: pack.py SET OUT.safetensors

SET holds sprites/NNNNNN.jpg and .png, truth.jsonl and backgrounds/NNNNNN.jpg (docs/face-models.md). OUT holds, in the
safetensors format: images (sprites x side x side x 3, uint8, BGR), maps (sprites x side x side, uint8, as in the PNGs),
landmarks (sprites x 68 x 2, float32, pixels), visible (sprites x 68, uint8), pose (sprites x 3, float32: yaw, pitch and
roll in degrees), person (sprites, int64: whom it shows, counted from 0), backgrounds (pictures x height x width x 3, uint8, BGR)."""
import json
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np

DTYPE_NAMES = {np.dtype(np.uint8): "U8", np.dtype(np.float32): "F32", np.dtype(np.int64): "I64"}


def picture(path, mode):
    read = cv2.imread(str(path), mode)
    if read is None:
        sys.exit(f"pack.py: {path} is no readable picture")
    return read


def pictures(paths, mode):
    with ThreadPoolExecutor() as pool:
        return np.stack(list(pool.map(lambda path: picture(path, mode), paths)))


def packed(folder):
    """Returns the arrays of the set in `folder`, by name."""
    with open(folder / "truth.jsonl", encoding="utf-8") as lines:
        truth = [json.loads(line) for line in lines]
    sprites = [folder / "sprites" / record["sprite"] for record in truth]
    backgrounds = sorted((folder / "backgrounds").glob("*.jpg"))
    if not sprites or not backgrounds:
        sys.exit(f"pack.py: {folder} needs sprites and backgrounds, it has {len(sprites)} and {len(backgrounds)}")
    _, person = np.unique([record["identity"] for record in truth], return_inverse=True)
    return {
        "images": pictures([path.with_suffix(".jpg") for path in sprites], cv2.IMREAD_COLOR),
        "maps": pictures([path.with_suffix(".png") for path in sprites], cv2.IMREAD_GRAYSCALE),
        "landmarks": np.array([record["landmarks68"] for record in truth], np.float32),
        "visible": np.array([record["visible"] for record in truth], np.float32).round().astype(np.uint8),
        "pose": np.array([[record[f"{angle}_deg"] for angle in ("yaw", "pitch", "roll")] for record in truth], np.float32),
        "person": person.astype(np.int64),
        "backgrounds": pictures(backgrounds, cv2.IMREAD_COLOR),
    }


def write_safetensors(path, arrays, metadata=None):
    """Eight bytes of header length, the header in JSON, the arrays one after the other."""
    header, end = {"__metadata__": metadata} if metadata else {}, 0
    for name, array in arrays.items():
        header[name] = {"dtype": DTYPE_NAMES[array.dtype], "shape": array.shape, "data_offsets": [end, end + array.nbytes]}
        end += array.nbytes
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as out:
        out.write(len(text).to_bytes(8, "little") + text)
        for array in arrays.values():
            out.write(np.ascontiguousarray(array).data)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    arrays = packed(Path(sys.argv[1]))
    write_safetensors(sys.argv[2], arrays)
    print(", ".join(f"{name} {'x'.join(map(str, array.shape))}" for name, array in arrays.items()))


if __name__ == "__main__":
    main()
