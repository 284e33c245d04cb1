"""A person in Blender: skin, mouth, shirt, eyes and hair, moved by poses."""
import numpy as np
from mathutils import Matrix

from synthetic_cast.base_mesh import smoothstep
from synthetic_cast.blender_geometry import (BLENDER_FROM_BODY, add_mesh, add_strands, compact, move_vertices,
                                             set_attribute, subdivide)
from synthetic_cast.brows_and_lashes import BROW_RADII, brow_strands, lash_radii, lash_strands
from synthetic_cast.materials import (cornea_material, eye_material, hair_material, mouth_material,
                                      shirt_material)
from synthetic_cast.posing import Poser
from synthetic_cast.scalp_hair import scalp_hair
from synthetic_cast.shader_graph import FACE_MASK
from synthetic_cast.skin_material import skin_material

COLLAR_HEIGHT = 5.93
SHIRT_GAP = 0.02  # decimetres between shoulders and shirt


class Figure:
    """Builds the person's objects in the current scene."""

    def __init__(self, person, subdivisions):
        self.person = person
        self.poser = Poser(person)
        self._parts = []  # (mesh, ids of the body vertices it follows)
        self._add_skin(subdivisions)
        self._add_mouth()
        self._add_shirt()
        self._add_eyes()
        self._add_hair()

    def pose(self, frame):
        """Moves everything to a performance's frame and returns the PosedBody."""
        posed = self.poser.pose(frame)
        for mesh, ids in self._parts:
            move_vertices(mesh, posed.vertices[ids])
        move_vertices(self._shirt, self._shirt_vertices(posed.vertices))
        move_vertices(self._eyes, posed.eyes)
        move_vertices(self._brow_mesh, self._brows.on(posed.vertices))
        move_vertices(self._lash_mesh, lash_strands(self._mesh, posed.vertices, self.person.lash))
        self._hair.matrix_world = Matrix((BLENDER_FROM_BODY @ posed.head @ BLENDER_FROM_BODY.T).tolist())
        return posed

    @property
    def _mesh(self):
        return self.person.body.mesh

    def _add_part(self, name, faces, materials, subdivisions):
        ids, own_faces = compact(faces, len(self._mesh.base))
        part = add_mesh(name, self.person.vertices[ids], own_faces, materials)
        subdivide(part, subdivisions)
        return part, ids

    def _add_skin(self, subdivisions):
        neutral = self._mesh.neutral
        faces = [face for face in self._mesh.faces
                 if neutral[face][:, 1].min() > 5.45 and np.abs(neutral[face][:, 0]).max() < 2.2]
        skin, ids = self._add_part("skin", faces, [skin_material()], subdivisions)
        tint = np.c_[self.person.tint[ids], np.ones(len(ids))].ravel().astype(np.float32)
        skin.data.attributes.new("tint", "FLOAT_COLOR", "POINT").data.foreach_set("color", tint)
        rest = neutral[ids].ravel().astype(np.float32)
        skin.data.attributes.new("rest", "FLOAT_VECTOR", "POINT").data.foreach_set("vector", rest)
        for name, weights in {**self.person.skin, FACE_MASK: self.person.body.regions.face}.items():
            set_attribute(skin.data, name, weights[ids])
        self._parts.append((skin.data, ids))

    def _add_mouth(self):
        teeth = mouth_material("teeth", (0.70, 0.66, 0.56), 0.25, subsurface=0.15)
        tongue = mouth_material("tongue", (0.42, 0.13, 0.12), 0.35)
        for name, material in (("upper-teeth", teeth), ("lower-teeth", teeth), ("tongue", tongue)):
            part, ids = self._add_part(name, self._mesh.group_faces("helper-" + name), [material], 1)
            self._parts.append((part.data, ids))

    def _add_shirt(self):
        """The tights helper, cut at the collar.

        Above the chest it follows the nearest skin instead of the helper, so that the neck stays inside.
        """
        mesh, neutral = self._mesh, self._mesh.neutral
        faces = [face for face in mesh.group_faces("helper-tights")
                 if neutral[face][:, 1].max() < 6.48 and neutral[face][:, 1].min() > 3.2
                 and np.abs(neutral[face][:, 0]).max() < 3.2]
        cloth = shirt_material(self.person.identity["shirt"], "neck")
        shirt, ids = self._add_part("shirt", faces, [cloth], 2)
        rest = neutral[ids]
        set_attribute(shirt.data, "neck", rest[:, 1] - (COLLAR_HEIGHT - 0.15 * (rest[:, 2] - 0.1)))
        upper_skin = np.array([i for i in np.unique(mesh.triangles) if 4.9 < neutral[i, 1] < 6.5])
        nearest = [np.argmin(((neutral[upper_skin] - position) ** 2).sum(1)) for position in rest]
        self._shirt_skin = upper_skin[nearest]
        normals = mesh.vertex_normals(neutral)[self._shirt_skin]
        self._shirt_offset = SHIRT_GAP * normals / np.linalg.norm(normals, axis=1, keepdims=True)
        self._shirt_weight = smoothstep(5.0, 5.5, rest[:, 1])[:, None]
        self._shirt, self._shirt_ids = shirt.data, ids
        solid = shirt.modifiers.new("so", "SOLIDIFY")
        solid.thickness = 0.05
        solid.offset = 1

    def _shirt_vertices(self, vertices):
        on_skin = vertices[self._shirt_skin] + self._shirt_offset
        return vertices[self._shirt_ids] * (1 - self._shirt_weight) + on_skin * self._shirt_weight

    def _add_eyes(self):
        garment = self.poser.eyes
        faces = next(iter(garment.mesh.groups.values()))
        uvs = [garment.mesh.uvs[uv_ids] for _, uv_ids in faces]
        centres = np.array([corners.mean(0) for corners in uvs])
        is_cornea = (centres[:, 0] > 0.86) & (centres[:, 1] < 0.14)
        materials = [eye_material(self.person.body.assets.eye_texture(), self.person.iris), cornea_material()]
        eyes = add_mesh("eyes", garment.fit(self.person.vertices), [ids for ids, _ in faces], materials).data
        eyes.polygons.foreach_set("material_index", is_cornea.astype(int).tolist())
        eyes.uv_layers.new(name="uv").data.foreach_set("uv", np.concatenate(uvs).ravel())
        self._eyes = eyes

    def _add_hair(self):
        person = self.person
        self._brows = brow_strands(person)
        brow_material = hair_material("brow", person.brow["melanin"], 0.5, in_mask=True)
        self._brow_mesh, _ = add_strands("brow", self._brows.on(person.vertices), BROW_RADII, brow_material)
        lashes = lash_strands(self._mesh, person.vertices, person.lash)
        lash_material = hair_material("lash", 0.97, 0.2, in_mask=True)
        self._lash_mesh, _ = add_strands("lash", lashes, lash_radii(person.lash), lash_material)
        strands, radii = scalp_hair(person)
        hair = person.identity["hair"]
        material = hair_material("hair", hair["melanin"], hair["redness"], hair["grey"])
        _, self._hair = add_strands("hair", strands, radii, material)
