"""Sets a swapped face into the performer's own picture, so that all else of a true swap is the plate's."""
import os

import cv2
import numpy as np

from synthetic_cast.errors import MISSING_INPUT, WRONG_USAGE, CastError

MARGIN = 1 / 40  # of the picture's width, around both faces
SOFT_EDGE = 1 / 120


def keep_plate(picture, mask, plate_folder, number):
    """Returns the picture with the plate's pixels outside the widened union of both face masks.

    picture: HxWx3 uint8 RGB; mask: HxW, 0..1; plate_folder: the output of the performer's own render.
    """
    plate = _read(plate_folder, "frames", number, cv2.IMREAD_COLOR, picture.shape[:2])[..., ::-1]
    plate_mask = _read(plate_folder, "mask", number, cv2.IMREAD_GRAYSCALE, picture.shape[:2])
    outside = ((plate_mask <= 127) & (mask <= 0.5)).astype(np.uint8)
    distance = cv2.distanceTransform(outside, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    width = picture.shape[1]
    weight = np.clip((width * MARGIN - distance) / (width * SOFT_EDGE), 0, 1)[..., None]
    return (picture * weight + plate * (1 - weight) + 0.5).astype(np.uint8)


def _read(folder, kind, number, flags, shape):
    path = os.path.join(folder, kind, f"{number:04d}.png")
    picture = cv2.imread(path, flags)
    if picture is None:
        raise CastError(MISSING_INPUT, f"The plate's picture '{path}' cannot be read. Render the performer's "
                        "own clip with the same frames and size first, and pass its folder with --plate.")
    if picture.shape[:2] != shape:
        raise CastError(WRONG_USAGE, f"The plate's picture '{path}' has {picture.shape[1]}x"
                        f"{picture.shape[0]} pixels, but {shape[1]}x{shape[0]} are rendered. Use the same "
                        "--size for both.")
    return picture
