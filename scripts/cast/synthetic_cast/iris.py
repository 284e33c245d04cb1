"""Colours of the iris: tints the body data's picture of an eye. Needs numpy only."""
import numpy as np

from synthetic_cast.base_mesh import smoothstep
from synthetic_cast.errors import WRONG_USAGE, CastError

# To add an iris colour: one row, the linear tint of the grey iris.
IRIS_TINTS = {
    "green": (0.54, 0.60, 0.45),
    "blue": (0.50, 0.68, 0.86),
    "brown": (0.58, 0.34, 0.18),
    "hazel": (0.62, 0.50, 0.26),
}
IRIS_CENTRES = ((297, 727), (722, 305))  # pixels of the eye picture, y from its top
WHITE_LIFT = (1.12, 1.06, 1.03)


def tint_iris(pixels, iris):
    """Makes the irises of an eye picture grey and tinted and lifts its whites a little.

    pixels: NxNx3 or more channels, 0..1 and sRGB, the first row at the bottom; changed in place.
    """
    if iris not in IRIS_TINTS:
        raise CastError(WRONG_USAGE, f"There is no iris '{iris}'; choose one of {', '.join(IRIS_TINTS)}.")
    size = len(pixels)
    ys, xs = np.mgrid[0:size, 0:size]
    weight = np.zeros((size, size))
    for x, y in IRIS_CENTRES:
        distance = np.hypot(xs - x, (size - 1 - ys) - y)
        weight = np.maximum(weight, 1 - smoothstep(112, 122, distance))
    weight = weight[..., None]
    brightness = pixels[..., :3].max(2)
    tinted = np.clip(brightness * 1.75, 0, 1)[..., None] * np.array(IRIS_TINTS[iris]) * 1.05
    whites = pixels[..., :3] * (1 - weight) * np.where(weight > 0, 1, np.array(WHITE_LIFT))
    pixels[..., :3] = np.clip(whites + tinted * weight, 0, 1)
