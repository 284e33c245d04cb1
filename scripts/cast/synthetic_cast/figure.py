"""A person in Blender: skin, mouth, shirt, eyes and hair, moved by poses."""
import numpy as np
from mathutils import Matrix

from synthetic_cast.blender_geometry import (BLENDER_FROM_BODY, add_mesh, add_strands, move_vertices,
                                             set_attribute, subdivide)
from synthetic_cast.brows_and_lashes import BROW_RADII, Lashes, brow_strands, lash_radii
from synthetic_cast.materials import (cornea_material, eye_material, hair_material, mouth_material,
                                      shirt_material)
from synthetic_cast.parts import MOUTH_PARTS, Shirt, compact, eye_parts, skin_faces
from synthetic_cast.posing import Poser
from synthetic_cast.scalp_hair import scalp_hair
from synthetic_cast.shader_graph import FACE_MASK
from synthetic_cast.skin_material import skin_material


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
        move_vertices(self._shirt, self._shirt_shape.on(posed.vertices))
        move_vertices(self._eyes, posed.eyes)
        move_vertices(self._brow_mesh, self._brows.on(posed.vertices))
        move_vertices(self._lash_mesh, self._lashes.on(posed.vertices))
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
        skin, ids = self._add_part("skin", skin_faces(self._mesh), [skin_material()], subdivisions)
        tint = np.c_[self.person.tint[ids], np.ones(len(ids))].ravel().astype(np.float32)
        skin.data.attributes.new("tint", "FLOAT_COLOR", "POINT").data.foreach_set("color", tint)
        rest = neutral[ids].ravel().astype(np.float32)
        skin.data.attributes.new("rest", "FLOAT_VECTOR", "POINT").data.foreach_set("vector", rest)
        for name, weights in {**self.person.skin, FACE_MASK: self.person.body.regions.face}.items():
            set_attribute(skin.data, name, weights[ids])
        self._parts.append((skin.data, ids))

    def _add_mouth(self):
        for look in MOUTH_PARTS:
            material = mouth_material(look.group, look.colour, look.roughness, look.subsurface)
            part, ids = self._add_part(look.group, self._mesh.group_faces("helper-" + look.group), [material], 1)
            self._parts.append((part.data, ids))

    def _add_shirt(self):
        self._shirt_shape = Shirt(self._mesh)
        cloth = shirt_material(self.person.identity["shirt"], "neck")
        shirt, _ = self._add_part("shirt", self._shirt_shape.source_faces, [cloth], 2)
        set_attribute(shirt.data, "neck", self._shirt_shape.neck)
        self._shirt = shirt.data
        solid = shirt.modifiers.new("so", "SOLIDIFY")
        solid.thickness = 0.05
        solid.offset = 1

    def _add_eyes(self):
        garment = self.poser.eyes
        parts = eye_parts(garment)
        materials = [eye_material(self.person.body.assets.eye_texture(), self.person.iris), cornea_material()]
        eyes = add_mesh("eyes", garment.fit(self.person.vertices), parts.faces, materials).data
        eyes.polygons.foreach_set("material_index", parts.is_cornea.astype(int).tolist())
        eyes.uv_layers.new(name="uv").data.foreach_set("uv", np.concatenate(parts.uvs).ravel())
        self._eyes = eyes

    def _add_hair(self):
        person = self.person
        self._brows = brow_strands(person)
        brow_material = hair_material("brow", person.brow["melanin"], 0.5, in_mask=True)
        self._brow_mesh, _ = add_strands("brow", self._brows.on(person.vertices), BROW_RADII, brow_material)
        self._lashes = Lashes(self._mesh, person.lash)
        lash_material = hair_material("lash", 0.97, 0.2, in_mask=True)
        self._lash_mesh, _ = add_strands("lash", self._lashes.on(person.vertices), lash_radii(person.lash), lash_material)
        strands, radii = scalp_hair(person)
        hair = person.identity["hair"]
        material = hair_material("hair", hair["melanin"], hair["redness"], hair["grey"])
        _, self._hair = add_strands("hair", strands, radii, material)
