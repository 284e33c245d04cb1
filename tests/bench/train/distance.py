#!/usr/bin/env python3
"""How far two checkpoints' weights lie apart, beside how far the first has come from a third.

    tests/bench/train/distance.py A.safetensors B.safetensors [START.safetensors]
"""
import json
import struct
import sys

import numpy


def weights(path):
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = file.read()
    return {name: numpy.frombuffer(data[entry["data_offsets"][0]:entry["data_offsets"][1]], dtype="<f4")
            for name, entry in header.items() if name.startswith("weights.")}


def rms_difference(a, b):
    squares = sum(float(((a[name].astype("f8") - b[name]) ** 2).sum()) for name in a)
    return (squares / sum(len(values) for values in a.values())) ** 0.5


def main():
    sides = [weights(path) for path in sys.argv[1:]]
    apart = rms_difference(sides[0], sides[1])
    words = f"root mean square of the difference: {apart:.3g}"
    if len(sides) > 2:
        words += f", {100 * apart / rms_difference(sides[0], sides[2]):.3g} % of the way from the start"
    print(words)


if __name__ == "__main__":
    main()
