#!/usr/bin/env python3
"""Makes weights that a training can go on from of a network that was exported: unfold.py NETWORK.onnx OUT.safetensors

The file has the moments of each normalisation multiplied into its convolution; so the weights here have moments of 0 and 1.
`understudy_face_training --from` measures those of its own pictures before it begins."""
import sys

import numpy as np
import onnx
from onnx import numpy_helper

from pack import write_safetensors

NORM_EPSILON = 1e-5  # kNormEpsilon of training/graph.h


def unfolded(model):
    """Returns arrays by name, as write_network() of training/weights_file.cpp writes them."""
    outputs = {output.name for output in model.graph.output}
    arrays = {}
    for constant in model.graph.initializer:
        step, _, kind = constant.name.rpartition(".")
        value = numpy_helper.to_array(constant).astype(np.float32)
        if kind == "bias" and step not in outputs:
            arrays[f"{step}.scale"], arrays[f"{step}.shift"] = np.ones_like(value), value
            arrays[f"{step}.mean"], arrays[f"{step}.variance"] = np.zeros_like(value), np.ones_like(value) - NORM_EPSILON
        elif kind in ("weight", "bias"):
            arrays[constant.name] = value
    return arrays


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    model = onnx.load(sys.argv[1])
    write_safetensors(sys.argv[2], unfolded(model), {"network": model.graph.name})


if __name__ == "__main__":
    main()
