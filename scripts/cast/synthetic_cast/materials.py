"""Materials of all that is not skin: teeth, tongue, shirt, hair and eyes."""
import bpy
import numpy as np

from synthetic_cast.iris import tint_iris
from synthetic_cast.shader_graph import ShaderGraph


def mouth_material(name, colour, roughness, subsurface=0.0):
    """Returns the material of teeth or tongue, which count as face in the mask."""
    graph = ShaderGraph(name)
    shader = _plain_shader(graph, colour, roughness, 0.5)
    if subsurface:
        shader.inputs["Subsurface"].default_value = subsurface
        shader.inputs["Subsurface Color"].default_value = (*colour, 1)
        shader.inputs["Subsurface Radius"].default_value = (0.03, 0.02, 0.015)
    graph.mask(1.0)
    return graph.material


def shirt_material(colour, cutout_attribute):
    """Returns a knitted cloth that is transparent where the attribute is above 0."""
    graph = ShaderGraph("shirt")
    colour = tuple(colour)
    shader = _plain_shader(graph, colour, 0.85, 0.2)
    coordinates = graph.node("TexCoord").outputs["Object"]
    knit = graph.noise(coordinates, 30, 3, 0.5)
    graph.set(shader.inputs["Normal"], graph.bump(knit, 0.5, 0.02))
    graph.set(shader.inputs["Base Color"], graph.mix(0.5, colour, knit, "MULTIPLY"))
    cut = graph.math("GREATER_THAN", graph.attribute(cutout_attribute).outputs["Fac"], 0)
    graph.surface(_mixed_shader(graph, cut, shader.outputs[0], graph.node("BsdfTransparent").outputs[0]))
    return graph.material


def _plain_shader(graph, colour, roughness, specular):
    shader = graph.node("BsdfPrincipled", Base_Color=colour, Roughness=roughness, Specular=specular)
    graph.surface(shader.outputs[0])
    return shader


def _mixed_shader(graph, factor, first, second):
    node = graph.node("MixShader")
    for socket, value in zip(node.inputs, (factor, first, second)):
        graph.set(socket, value)
    return node.outputs[0]


def hair_material(name, melanin, redness, grey=0.0, in_mask=False):
    """Returns a hair material; grey is the share of grey strands."""
    graph = ShaderGraph(name)
    shader = graph.node("BsdfHairPrincipled")
    shader.parametrization = "MELANIN"
    graph.surface(shader.outputs[0])
    shader.inputs["Melanin Redness"].default_value = redness
    shader.inputs["Roughness"].default_value = 0.34
    shader.inputs["Radial Roughness"].default_value = 0.5
    shader.inputs["Random Roughness"].default_value = 0.2
    spread = graph.node("MapRange")
    spread.interpolation_type = "SMOOTHSTEP"
    graph.set(spread.inputs[0], graph.node("HairInfo").outputs["Random"])
    limits = {
        "From Min": max(grey - 0.05, 0),
        "From Max": grey + 0.05 if grey else 1,
        "To Min": 0.12 if grey else melanin - 0.10,
        "To Max": melanin if grey else melanin + 0.07,
    }
    for name_of_limit, value in limits.items():
        spread.inputs[name_of_limit].default_value = value
    graph.set(shader.inputs["Melanin"], spread.outputs[0])
    if in_mask:
        graph.mask(1.0)
    return graph.material


def eye_material(texture_path, iris):
    """Returns the eyeball's material with a tinted iris."""
    graph = ShaderGraph("eye")
    shader = graph.node("BsdfPrincipled", Roughness=0.35, Specular=0.25)
    graph.surface(shader.outputs[0])
    texture = graph.node("TexImage")
    texture.image = _iris_picture(texture_path, iris)
    graph.set(shader.inputs["Base Color"], texture.outputs[0])
    graph.mask(1.0)
    return graph.material


def cornea_material():
    """Returns the clear, glossy cover of the eyeball."""
    graph = ShaderGraph("cornea")
    gloss = graph.node("BsdfGlossy", Roughness=0.04).outputs[0]
    fresnel = graph.node("Fresnel", IOR=1.38).outputs[0]
    graph.surface(_mixed_shader(graph, fresnel, graph.node("BsdfTransparent").outputs[0], gloss))
    graph.mask(1.0)
    return graph.material


def _iris_picture(texture_path, iris):
    source = bpy.data.images.load(texture_path)
    size = source.size[0]
    pixels = np.empty(size * size * 4, np.float32)
    source.pixels.foreach_get(pixels)
    tint_iris(pixels.reshape(size, size, 4), iris)
    picture = bpy.data.images.new("iris", size, size, alpha=True)
    picture.pixels.foreach_set(pixels)
    picture.pack()
    return picture
