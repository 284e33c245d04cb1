"""The skin: mottling, freckles, stubble, pores and lines over the per-vertex tint."""
from synthetic_cast.shader_graph import FACE_MASK, ShaderGraph


def skin_material():
    """Returns the material; it reads the attributes tint, rest, the face mask and those of Person.skin."""
    graph = ShaderGraph("skin")
    rest = graph.attribute("rest").outputs["Vector"]
    skin = graph.node("BsdfPrincipled")
    skin.subsurface_method = "RANDOM_WALK"
    graph.surface(skin.outputs[0])
    colour = _colour(graph, rest)
    graph.set(skin.inputs["Base Color"], colour)
    graph.set(skin.inputs["Subsurface Color"], colour)
    skin.inputs["Subsurface"].default_value = 0.55
    skin.inputs["Subsurface Radius"].default_value = (0.085, 0.032, 0.017)
    skin.inputs["Specular"].default_value = 0.42
    graph.set(skin.inputs["Roughness"], _roughness(graph, rest))
    graph.set(skin.inputs["Normal"], graph.bump(_height(graph, rest), 0.55, 0.018))
    graph.mask(_weight(graph, FACE_MASK))
    return graph.material


def _weight(graph, name):
    return graph.attribute(name).outputs["Fac"]


def _colour(graph, rest):
    colour = graph.attribute("tint").outputs["Color"]
    mottling = graph.ramp(graph.noise(rest, 2.6, 5), 0.40, 0.75)
    colour = graph.mix(mottling, colour, graph.multiplied(colour, (0.93, 0.80, 0.80)))
    blotches = graph.math("MULTIPLY", graph.ramp(graph.noise(rest, 16, 3), 0.52, 0.74), 0.55)
    colour = graph.mix(blotches, colour, graph.multiplied(colour, (0.87, 0.83, 0.80)))
    colour = graph.mix(_freckles(graph, rest), colour, graph.multiplied(colour, (0.62, 0.45, 0.36)))
    dots = graph.ramp(graph.cells(rest, 62).outputs["Distance"], 0.42, 0.16)
    stubble = graph.math("MULTIPLY", dots, _weight(graph, "stubble"))
    return graph.mix(graph.math("MULTIPLY", stubble, 0.75), colour, (0.05, 0.04, 0.04))


def _freckles(graph, rest):
    cells = graph.cells(rest, 15)
    cells.inputs["Randomness"].default_value = 1
    channels = graph.node("SeparateColor")
    graph.set(channels.inputs[0], cells.outputs["Color"])
    radius = graph.math("MULTIPLY", graph.ramp(channels.outputs[0], 0.45, 1.0), 0.30)
    spot = graph.ramp(graph.math("SUBTRACT", radius, cells.outputs["Distance"]), 0, 0.10)
    return graph.math("MULTIPLY", spot, _weight(graph, "freckles"))


def _roughness(graph, rest):
    roughness = graph.math("ADD", graph.math("MULTIPLY", graph.noise(rest, 9, 3), 0.22), 0.34)
    return graph.math("SUBTRACT", roughness, graph.math("MULTIPLY", _weight(graph, "lip"), 0.14))


def _height(graph, rest):
    """Pores, forehead lines, crow's feet and lip lines, as a bump height."""
    axes = graph.node("SeparateXYZ")
    graph.set(axes.inputs[0], rest)
    x, y = axes.outputs["X"], axes.outputs["Y"]
    pores = graph.math("ADD", graph.math("MULTIPLY", graph.noise(rest, 42, 2), 0.5),
                       graph.math("MULTIPLY", graph.noise(rest, 14, 3), 0.5))
    pores_and_lines = graph.math("ADD", graph.math("MULTIPLY", pores, 0.55),
                                 graph.math("MULTIPLY", _forehead_lines(graph, rest, y), 0.75))
    feet_and_lip = graph.math("ADD", graph.math("MULTIPLY", _crows_feet(graph, x, y), 0.6),
                              _lip_lines(graph, rest, x))
    return graph.math("ADD", pores_and_lines, feet_and_lip)


def _creases(graph, phase, power, weight):
    """Narrow valleys where the phase crosses a multiple of pi."""
    wave = graph.math("ABSOLUTE", graph.math("SINE", phase))
    return graph.math("MULTIPLY", graph.math("POWER", wave, power), weight)


def _forehead_lines(graph, rest, y):
    warped = graph.math("ADD", y, graph.math("MULTIPLY", graph.noise(rest, 2.2, 2), 0.22))
    return _creases(graph, graph.math("MULTIPLY", warped, 58.0), 0.35, _weight(graph, "forehead_lines"))


def _crows_feet(graph, x, y):
    """Lines that fan out from the outer corners of the eyes."""
    beside_eye = graph.math("MAXIMUM", graph.math("SUBTRACT", graph.math("ABSOLUTE", x), 0.30), 0.05)
    slope = graph.math("DIVIDE", graph.math("SUBTRACT", y, 7.46), beside_eye)
    return _creases(graph, graph.math("MULTIPLY", slope, 9.0), 0.4, _weight(graph, "crows_feet"))


def _lip_lines(graph, rest, x):
    warp = graph.math("MULTIPLY", graph.noise(rest, 12, 2), 9.0)
    wave = graph.math("SINE", graph.math("ADD", graph.math("MULTIPLY", x, 210.0), warp))
    return graph.math("MULTIPLY", wave, graph.math("MULTIPLY", _weight(graph, "lip"), 0.16))
