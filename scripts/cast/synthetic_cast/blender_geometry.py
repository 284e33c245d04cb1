"""Makes Blender meshes and hair curves from arrays in body axes."""
import bpy
import numpy as np

BLENDER_FROM_BODY = np.array([[1, 0, 0, 0], [0, 0, -1, 0], [0, 1, 0, 0], [0, 0, 0, 1.0]])


def to_blender(points):
    """Returns points of body axes in Blender's axes."""
    return np.stack([points[..., 0], -points[..., 2], points[..., 1]], -1)


def add_mesh(name, vertices, faces, materials):
    """Adds a smooth mesh object to the scene and returns it."""
    mesh = bpy.data.meshes.new(name)
    mesh.from_pydata(to_blender(vertices).tolist(), [], [list(map(int, face)) for face in faces])
    mesh.polygons.foreach_set("use_smooth", [True] * len(faces))
    for material in materials:
        mesh.materials.append(material)
    return link(bpy.data.objects.new(name, mesh))


def link(thing):
    """Puts an object into the scene and returns it."""
    bpy.context.scene.collection.objects.link(thing)
    return thing


def subdivide(thing, levels):
    """Adds a subdivision surface."""
    modifier = thing.modifiers.new("ss", "SUBSURF")
    modifier.levels = modifier.render_levels = levels


def set_attribute(mesh, name, values):
    """Adds a per-vertex float attribute."""
    mesh.attributes.new(name, "FLOAT", "POINT").data.foreach_set("value", values.astype(np.float32))


def move_vertices(mesh, vertices):
    """Gives a mesh new vertex positions."""
    mesh.vertices.foreach_set("co", to_blender(vertices).ravel().astype(np.float32))
    mesh.update()


def add_strands(name, points, radii, material):
    """Adds NxKx3 strands as hair curves; returns (the mesh whose vertices move them, the curves object)."""
    mesh = _strand_mesh(name, points, radii)
    source = link(bpy.data.objects.new(name + "_src", mesh))
    source.hide_render = True
    curves = link(bpy.data.objects.new(name, bpy.data.hair_curves.new(name)))
    curves.modifiers.new("gn", "NODES").node_group = _curves_from_mesh(name, source, material)
    return mesh, curves


def _strand_mesh(name, points, radii):
    count, length = points.shape[:2]
    mesh = bpy.data.meshes.new(name)
    mesh.vertices.add(count * length)
    mesh.vertices.foreach_set("co", to_blender(points).ravel().astype(np.float32))
    ids = np.arange(count * length).reshape(count, length)
    edges = np.stack([ids[:, :-1], ids[:, 1:]], -1).reshape(-1, 2)
    mesh.edges.add(len(edges))
    mesh.edges.foreach_set("vertices", edges.ravel().astype(np.int32))
    set_attribute(mesh, "rad", np.tile(radii, count))
    mesh.update()
    return mesh


def _curves_from_mesh(name, source, material):
    """Geometry nodes: the source's edges as curves, their radius from its attribute `rad`."""
    tree = bpy.data.node_groups.new(name, "GeometryNodeTree")
    tree.inputs.new("NodeSocketGeometry", "G")
    tree.outputs.new("NodeSocketGeometry", "G")
    new, connect = tree.nodes.new, tree.links.new
    info = new("GeometryNodeObjectInfo")
    info.inputs[0].default_value = source
    to_curve = new("GeometryNodeMeshToCurve")
    radius = new("GeometryNodeInputNamedAttribute")
    radius.data_type = "FLOAT"
    radius.inputs[0].default_value = "rad"
    set_radius = new("GeometryNodeSetCurveRadius")
    set_material = new("GeometryNodeSetMaterial")
    set_material.inputs["Material"].default_value = material
    output = new("NodeGroupOutput")
    connect(info.outputs["Geometry"], to_curve.inputs[0])
    connect(to_curve.outputs[0], set_radius.inputs[0])
    connect(next(socket for socket in radius.outputs if socket.enabled), set_radius.inputs["Radius"])
    connect(set_radius.outputs[0], set_material.inputs[0])
    connect(set_material.outputs[0], output.inputs[0])
    return tree
