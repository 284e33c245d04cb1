"""The film set in Blender: render settings, camera, lights and passes; renders one frame."""
import math
import os
import time

import bpy
import numpy as np
from mathutils import Matrix, Vector

from synthetic_cast.background import background
from synthetic_cast.blender_geometry import link, to_blender
from synthetic_cast.figure import Figure
from synthetic_cast.picture import Denoiser, RenderedFrame, finish
from synthetic_cast.shader_graph import FACE_MASK

LIGHTS_AIM = np.array([0, 7.2, 0.5])
PASSES = {"Image": "rgb", "Denoising Albedo": "albedo", "Denoising Normal": "normal",
          "Denoising Depth": "depth", FACE_MASK: "mask"}


class Stage:
    """Empties Blender's scene and sets up the person in the given scene."""

    def __init__(self, person, scene, camera, options):
        bpy.ops.wm.read_factory_settings(use_empty=True)
        self._camera = camera
        self._exposure = scene["exposure"]
        self._passes_folder = os.path.join(options.out, ".tmp")
        os.makedirs(self._passes_folder, exist_ok=True)
        self._background = background(scene["bg"], scene["seed"], camera.width, camera.height)
        self._denoiser = Denoiser(options.denoiser)
        self._set_up_cycles(options.samples)
        self._set_up_output(options.threads)
        self._add_camera()
        self._add_lights(scene)
        self._figure = Figure(person, options.subdiv)
        self._add_passes()

    def render(self, frame, number):
        """Renders a performance's frame; its number seeds the noise."""
        posed = self._figure.pose(frame)
        scene = bpy.context.scene
        scene.frame_current = 1
        scene.cycles.seed = number
        scene.render.filepath = os.path.join(self._passes_folder, "unused")
        start = time.time()
        bpy.ops.render.render()
        rendered = time.time()
        passes = {name: self._read_pass(name) for name in PASSES.values()}
        picture = finish(passes, self._background, self._denoiser, self._exposure, number)
        mask = np.clip(passes["mask"][..., 0], 0, 1)
        return RenderedFrame(picture, mask, passes["rgb"][..., 3], posed, rendered - start,
                             time.time() - rendered)

    @staticmethod
    def _set_up_cycles(samples):
        bpy.context.scene.render.engine = "CYCLES"
        cycles = bpy.context.scene.cycles
        cycles.device = "CPU"
        cycles.samples = samples
        cycles.use_denoising = False
        cycles.use_adaptive_sampling = False
        cycles.max_bounces = 3
        cycles.diffuse_bounces = 1
        cycles.glossy_bounces = 2
        cycles.transmission_bounces = 2
        cycles.transparent_max_bounces = 6
        cycles.caustics_reflective = cycles.caustics_refractive = False
        cycles.sample_clamp_indirect = 2.0
        cycles.sample_clamp_direct = 12.0
        cycles.blur_glossy = 1.0
        cycles.use_auto_tile = False
        bpy.context.scene.cycles_curves.shape = "RIBBONS"
        bpy.context.scene.cycles_curves.subdivisions = 0

    def _set_up_output(self, threads):
        render = bpy.context.scene.render
        render.film_transparent = True
        render.resolution_x, render.resolution_y = self._camera.width, self._camera.height
        render.resolution_percentage = 100
        render.use_persistent_data = True
        render.threads_mode = "FIXED" if threads else "AUTO"
        if threads:
            render.threads = threads
        bpy.context.scene.view_settings.view_transform = "Raw"

    def _add_camera(self):
        data = bpy.data.cameras.new("cam")
        data.sensor_fit = "VERTICAL"
        data.angle = math.radians(self._camera.fov)
        data.clip_end = 200
        camera = link(bpy.data.objects.new("cam", data))
        bpy.context.scene.camera = camera
        placement = np.eye(4)
        placement[:3, :3] = to_blender(self._camera.axes).T
        placement[:3, 3] = to_blender(self._camera.eye)
        camera.matrix_world = Matrix(placement.tolist())

    @staticmethod
    def _add_lights(scene):
        world = bpy.data.worlds.new("w")
        bpy.context.scene.world = world
        world.use_nodes = True
        world.node_tree.nodes["Background"].inputs[0].default_value = (*scene["ambient"], 1)
        for light in scene["lights"]:
            data = bpy.data.lights.new("l", "AREA")
            data.energy, data.size, data.color = light["power"], light["size"], light["color"]
            lamp = link(bpy.data.objects.new("l", data))
            lamp.location = Vector(to_blender(np.array(light["pos"], float)))
            toward = Vector(to_blender(LIGHTS_AIM)) - lamp.location
            lamp.rotation_euler = toward.to_track_quat("-Z", "Y").to_euler()

    def _add_passes(self):
        """Writes what Cycles computes to uncompressed float files, one per pass."""
        scene = bpy.context.scene
        layer = scene.view_layers[0]
        layer.cycles.denoising_store_passes = True
        mask = layer.aovs.add()
        mask.name, mask.type = FACE_MASK, "VALUE"
        scene.use_nodes = True
        tree = scene.node_tree
        tree.nodes.clear()
        layers = tree.nodes.new("CompositorNodeRLayers")
        files = tree.nodes.new("CompositorNodeOutputFile")
        files.base_path = self._passes_folder
        files.format.file_format = "OPEN_EXR"
        files.format.color_depth = "32"
        files.format.exr_codec = "NONE"
        files.file_slots.clear()
        for pass_name, file_name in PASSES.items():
            files.file_slots.new(file_name)
            tree.links.new(layers.outputs[pass_name], files.inputs[file_name])
        composite = tree.nodes.new("CompositorNodeComposite")
        tree.links.new(layers.outputs["Image"], composite.inputs[0])

    def _read_pass(self, name):
        image = bpy.data.images.load(os.path.join(self._passes_folder, f"{name}0001.exr"))
        image.colorspace_settings.name = "Raw"
        pixels = np.empty(self._camera.width * self._camera.height * image.channels, np.float32)
        image.pixels.foreach_get(pixels)
        bpy.data.images.remove(image)
        return pixels.reshape(self._camera.height, self._camera.width, -1)[::-1].copy()
