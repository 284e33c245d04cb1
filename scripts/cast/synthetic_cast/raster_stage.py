"""The film set of the rasteriser: renders one frame in some tens of milliseconds, without Blender."""
import time

import numpy as np

from synthetic_cast import raster_kernel as k
from synthetic_cast.background import background
from synthetic_cast.errors import WRONG_USAGE, CastError
from synthetic_cast.picture import RenderedFrame, develop
from synthetic_cast.raster_body import RasterBody
from synthetic_cast.raster_figure import RasterFigure
from synthetic_cast.raster_shadow import shadows

SAMPLES_A_SIDE = 2


class RasterStage:
    """A person in a scene, as stage.Stage is in Blender."""

    def __init__(self, person, scene, camera, options):
        self._figure = RasterFigure(person, RasterBody(person.body, k.Kernel()))
        self._scene, self._camera = scene, camera
        self._background = background(scene["bg"], scene["seed"], camera.width, camera.height)

    def render(self, frame, number):
        """Renders a performance's frame; its number seeds the grain."""
        start = time.time()
        posed, linear, mask = take(self._figure, self._scene, self._camera, frame)
        rendered = time.time()
        picture = develop(over(linear, self._background), self._scene["exposure"], number)
        return RenderedFrame(picture, mask, linear[..., 3], posed, rendered - start, time.time() - rendered)


def take(figure, scene, camera, frame, things=()):
    """Returns (PosedBody, HxWx4 linear RGB times coverage and coverage, HxW face mask); things: Solids beside them."""
    kernel = figure.shared.kernel
    posed, pose = figure.pose(frame)
    for thing in things:
        pose.add(k.floats(thing.positions), thing.attributes(kernel), np.ascontiguousarray(thing.triangles, np.int32))
    lights = lights_struct(scene)
    eye = k.floats(camera.eye)
    strands = pose.light(lights, eye, *shadows(kernel, pose, scene["lights"]))
    texture = k.TextureStruct(k.pointer(figure.texture), figure.texture.shape[1], figure.texture.shape[0])
    linear, mask = kernel.picture(camera_struct(camera), pose.mesh, len(pose.positions), strands, len(pose.points), lights,
                                  texture, SAMPLES_A_SIDE)
    return posed, linear, np.clip(mask, 0, 1)


def over(linear, behind):
    """Returns the HxWx3 picture before a background."""
    return linear[..., :3] + k.floats(behind) * (1 - linear[..., 3:])


def camera_struct(camera):
    """Returns the camera as the kernel takes it, with SAMPLES_A_SIDE samples a pixel and side."""
    each = SAMPLES_A_SIDE
    struct = k.CameraStruct(focal=camera.focal * each, width=camera.width * each, height=camera.height * each)
    struct.eye[:] = camera.eye
    struct.axes[:] = camera.axes.ravel()
    return struct


def lights_struct(scene):
    """Returns the lamps and the sky of a scene as the kernel takes them."""
    lights = scene["lights"]
    if len(lights) > k.MOST_LIGHTS:
        raise CastError(WRONG_USAGE, f"The scene has {len(lights)} lights; the rasteriser takes {k.MOST_LIGHTS}.")
    struct = k.LightsStruct(count=len(lights))
    struct.ambient[:] = scene["ambient"]
    for i, light in enumerate(lights):
        struct.position[i][:] = light["pos"]
        struct.power[i][:] = [light["power"] * part for part in light["color"]]
        struct.size[i] = light["size"]
    return struct
