"""A thin layer over Blender's shader nodes, so that materials read as expressions."""
import bpy

FACE_MASK = "fmask"  # name of the render pass, and of the skin attribute, that holds the face mask


class ShaderGraph:
    """One material under construction. Values are node sockets, numbers or linear RGB tuples."""

    def __init__(self, name):
        self.material = bpy.data.materials.new(name)
        self.material.use_nodes = True
        self.tree = self.material.node_tree
        self.tree.nodes.clear()
        self.output = self.tree.nodes.new("ShaderNodeOutputMaterial")

    def node(self, kind, **inputs):
        """Adds a node and sets the inputs given by name, "_" standing for a space."""
        node = self.tree.nodes.new("ShaderNode" + kind)
        for name, value in inputs.items():
            self.set(node.inputs[name.replace("_", " ")], value)
        return node

    def set(self, socket, value):
        """Links a socket to an input, or sets the input's value."""
        if isinstance(value, bpy.types.NodeSocket):
            self.tree.links.new(value, socket)
        elif isinstance(value, tuple) and len(socket.default_value) == 4:
            socket.default_value = (*value, 1)
        else:
            socket.default_value = value

    def surface(self, shader):
        """Makes a shader socket the material's surface."""
        self.tree.links.new(shader, self.output.inputs[0])

    def mask(self, value):
        """Writes the value to the face mask pass; materials without it write 0."""
        node = self.tree.nodes.new("ShaderNodeOutputAOV")
        node.name = FACE_MASK
        self.set(node.inputs["Value"], value)

    def attribute(self, name):
        """Returns the node that reads a mesh attribute."""
        node = self.node("Attribute")
        node.attribute_name = name
        return node

    def noise(self, coordinates, scale, detail=4, roughness=0.6):
        """Returns a noise socket."""
        return self.node("TexNoise", Vector=coordinates, Scale=scale, Detail=detail,
                         Roughness=roughness).outputs["Fac"]

    def cells(self, coordinates, scale):
        """Returns a cell-noise node with outputs Distance and Color."""
        return self.node("TexVoronoi", Vector=coordinates, Scale=scale)

    def ramp(self, value, low, high):
        """Returns 0 at low, 1 at high, linear between, clamped."""
        node = self.node("MapRange", Value=value)
        node.inputs["From Min"].default_value = low
        node.inputs["From Max"].default_value = high
        node.clamp = True
        return node.outputs[0]

    def math(self, operation, first, second=None):
        """Returns the result of a math node such as "MULTIPLY"."""
        node = self.node("Math")
        node.operation = operation
        self.set(node.inputs[0], first)
        if second is not None:
            self.set(node.inputs[1], second)
        return node.outputs[0]

    def mix(self, factor, first, second, mode="MIX"):
        """Returns the blend of two colours."""
        node = self.node("MixRGB")
        node.blend_type = mode
        for socket, value in zip(node.inputs, (factor, first, second)):
            self.set(socket, value)
        return node.outputs[0]

    def multiplied(self, first, second):
        """Returns the product of two colours."""
        return self.mix(1.0, first, second, "MULTIPLY")

    def bump(self, height, strength, distance):
        """Returns a normal socket."""
        return self.node("Bump", Height=height, Strength=strength, Distance=distance).outputs[0]
