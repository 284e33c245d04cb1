"""From render passes to a picture: background, denoiser, tone curve, grain, and the repair of speckles."""
import ctypes
import os
from dataclasses import dataclass

import numpy as np

from synthetic_cast.errors import MISSING_PROGRAM, CastError
from synthetic_cast.posing import PosedBody

GRAIN = 0.005
DENOISER_PASSES = 4
DENOISER_SIGMAS = (2.2, 0.35, 0.10, 0.02)  # luminance, normal, albedo, depth
FAR = 100.0  # decimetres; what the depth pass says of the background is beyond


@dataclass
class RenderedFrame:
    """picture: HxWx3 uint8 RGB; mask (visible facial skin) and alpha: HxW, 0..1."""
    picture: np.ndarray
    mask: np.ndarray
    alpha: np.ndarray
    posed: PosedBody
    render_seconds: float
    finish_seconds: float


class Denoiser:
    """The compiled denoise.cpp."""

    def __init__(self, library):
        if not os.path.isfile(library):
            raise CastError(MISSING_PROGRAM, f"The denoiser '{library}' is not built. Run "
                            "scripts/cast/render.sh, which builds it, or pass its path with --denoiser.")
        self._denoise = ctypes.CDLL(os.path.abspath(library)).denoise

    def clean(self, colour, albedo, normal, depth):
        """Denoises colour (HxWx3 float32, linear RGB) in place; all arrays are float32 and contiguous."""
        height, width = depth.shape
        planes = (colour, albedo, normal, depth)
        pointers = [plane.ctypes.data_as(ctypes.POINTER(ctypes.c_float)) for plane in planes]
        sigmas = [ctypes.c_float(sigma) for sigma in DENOISER_SIGMAS]
        self._denoise(*pointers, width, height, DENOISER_PASSES, *sigmas)


def finish(passes, background, denoiser, exposure, number):
    """Returns the HxWx3 uint8 RGB picture. The number seeds the grain: the same in every clip."""
    alpha = passes["rgb"][..., 3:4]
    behind = background * (1 - alpha)
    # The background goes in before denoising, so that silhouettes stay consistent with it.
    colour = np.ascontiguousarray((passes["rgb"][..., :3] + behind).astype(np.float32))
    albedo = np.ascontiguousarray((passes["albedo"][..., :3] + behind).astype(np.float32))
    normal = np.ascontiguousarray(passes["normal"][..., :3])
    depth = np.ascontiguousarray(np.minimum(passes["depth"][..., 0], FAR).astype(np.float32))
    denoiser.clean(colour, albedo, normal, depth)
    return develop(colour, exposure, number)


def develop(linear, exposure, number):
    """Returns the HxWx3 uint8 RGB picture of linear colours: tone curve and grain."""
    encoded = _srgb(_soft_shoulder(np.clip(linear * exposure, 0, None)))
    encoded += np.random.RandomState(1000 + number).normal(size=encoded.shape).astype(np.float32) * GRAIN
    return np.clip(encoded * 255 + 0.5, 0, 255).astype(np.uint8)


def _soft_shoulder(linear):
    return np.where(linear < 0.6, linear, 0.6 + 0.4 * (1 - np.exp(-(linear - 0.6) / 0.4)))


def _srgb(linear):
    return np.where(linear < 0.0031308, 12.92 * linear,
                    1.055 * np.power(np.maximum(linear, 1e-8), 1 / 2.4) - 0.055)


def despeckle(picture, mask, landmarks):
    """Returns the picture without the single bright pixels that few-sample subsurface light leaves.

    They sit on grazing edges around the face; eyes stay untouched. mask: HxW, 0..1; landmarks: 68 pixels.
    """
    import cv2
    median = cv2.medianBlur(picture, 3)
    brighter = picture.astype(int).sum(2) - median.astype(int).sum(2)
    near_face = cv2.dilate((mask > 0.3).astype(np.uint8), np.ones((17, 17), np.uint8)) > 0
    for eye in (np.array(landmarks[36:42]), np.array(landmarks[42:48])):
        x0, y0 = np.maximum(np.floor(eye.min(0) - 6).astype(int), 0)
        x1, y1 = np.maximum(np.ceil(eye.max(0) + 6).astype(int), 0)
        near_face[y0:y1, x0:x1] = False
    speckles = near_face & (brighter > 30)
    repaired = picture.copy()
    repaired[speckles] = median[speckles]
    return repaired
