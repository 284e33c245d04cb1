"""Reads the CC0 body data: base mesh, morph targets, rig and eyes. Needs numpy only."""
import functools
import json
import os
from dataclasses import dataclass

import numpy as np

from synthetic_cast.errors import MISSING_INPUT, CastError

WHERE_TO_GET_IT = ("Get the MakeHuman project's repository (https://github.com/makehumancommunity/makehuman) "
                   "and pass its folder makehuman/data with --data or in the environment variable MH_DATA.")


@dataclass
class ObjMesh:
    """A Wavefront OBJ: vertices Nx3, uvs Mx2, group name -> list of (vertex ids, uv ids) faces."""
    vertices: np.ndarray
    uvs: np.ndarray
    groups: dict


@dataclass
class Garment:
    """A mesh that follows the body: each vertex is a weighted mean of three body vertices plus an offset."""
    references: np.ndarray
    weights: np.ndarray
    offsets: np.ndarray
    scales: dict
    mesh: ObjMesh

    def fit(self, body_vertices):
        """Returns the garment's vertices on the given body."""
        scale = np.ones(3)
        for axis_name, (first, second, denominator) in self.scales.items():
            axis = "xyz".index(axis_name)
            scale[axis] = abs(body_vertices[first][axis] - body_vertices[second][axis]) / denominator
        followed = (body_vertices[self.references] * self.weights[..., None]).sum(1)
        return followed + self.offsets * scale


class Assets:
    """The data folder; every file is read once."""

    def __init__(self, folder):
        if not folder:
            raise CastError(MISSING_INPUT, "The body data folder is not given. " + WHERE_TO_GET_IT)
        if not os.path.isfile(os.path.join(folder, "3dobjs", "base.obj")):
            raise CastError(MISSING_INPUT, f"There is no body data in '{folder}' (no 3dobjs/base.obj). "
                            + WHERE_TO_GET_IT)
        self.folder = folder

    def path(self, *parts):
        """Returns the path of a data file."""
        path = os.path.join(self.folder, *parts)
        if not os.path.isfile(path):
            raise CastError(MISSING_INPUT, f"The body data has no file '{path}'. " + WHERE_TO_GET_IT)
        return path

    @functools.cache
    def morph(self, name):
        """Returns (vertex ids, offsets Nx3) of a morph, named as below `targets` and without its ending."""
        ids, offsets = [], []
        with open(self.path("targets", f"{name}.target"), encoding="utf-8") as lines:
            for line in lines:
                words = line.split()
                if len(words) == 4 and words[0].isdigit():
                    ids.append(int(words[0]))
                    offsets.append([float(word) for word in words[1:]])
        return np.array(ids, np.int64), np.array(offsets, np.float64).reshape(-1, 3)

    def apply_morphs(self, vertices, morphs):
        """Returns the vertices moved by (morph, strength) pairs."""
        vertices = vertices.copy()
        for name, strength in morphs:
            ids, offsets = self.morph(name)
            vertices[ids] += strength * offsets
        return vertices

    def base_mesh(self):
        """Returns the body as an ObjMesh."""
        return read_obj(self.path("3dobjs", "base.obj"))

    @functools.cache
    def skeleton(self):
        """Returns {"joints": name -> vertex ids, "bones": name -> {"parent", ...}}."""
        with open(self.path("rigs", "default.mhskel"), encoding="utf-8") as file:
            return json.load(file)

    @functools.cache
    def bone_weights(self):
        """Returns bone name -> (vertex ids, weights)."""
        with open(self.path("rigs", "default_weights.mhw"), encoding="utf-8") as file:
            weights = json.load(file)["weights"]
        return {bone: (np.array([pair[0] for pair in pairs], int), np.array([pair[1] for pair in pairs]))
                for bone, pairs in weights.items() if pairs}

    @functools.cache
    def eyes(self):
        """Returns the eyeballs as a Garment."""
        return read_garment(self.path("eyes", "high-poly", "high-poly.mhclo"))

    def eye_texture(self):
        """Returns the path of the eye picture."""
        return self.path("eyes", "materials", "brown_eye.png")


def read_obj(path):
    """Reads a Wavefront OBJ."""
    vertices, uvs, groups, group = [], [], {}, "default"
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            if line.startswith("v "):
                vertices.append([float(word) for word in line.split()[1:4]])
            elif line.startswith("vt "):
                uvs.append([float(word) for word in line.split()[1:3]])
            elif line.startswith("g "):
                group = line.split(None, 1)[1].strip()
            elif line.startswith("f "):
                corners = [word.split("/") for word in line.split()[1:]]
                vertex_ids = [int(corner[0]) - 1 for corner in corners]
                uv_ids = [int(corner[1]) - 1 if len(corner) > 1 and corner[1] else -1 for corner in corners]
                groups.setdefault(group, []).append((vertex_ids, uv_ids))
    return ObjMesh(np.array(vertices, np.float64), np.array(uvs, np.float64), groups)


def read_garment(path):
    """Reads a garment description and the mesh it names."""
    references, weights, offsets, scales = [], [], [], {}
    mesh_path, in_vertices = None, False
    with open(path, encoding="utf-8") as lines:
        for line in lines:
            words = line.split()
            if not words or words[0].startswith("#"):
                continue
            if words[0] in ("x_scale", "y_scale", "z_scale"):
                scales[words[0][0]] = (int(words[1]), int(words[2]), float(words[3]))
            elif words[0] == "obj_file":
                mesh_path = os.path.join(os.path.dirname(path), words[1])
            elif words[0] == "verts":
                in_vertices = True
            elif in_vertices and words[0].lstrip("-").isdigit():
                if len(words) == 1:
                    references.append([int(words[0])] * 3)
                    weights.append([1, 0, 0])
                    offsets.append([0, 0, 0])
                elif len(words) >= 9:
                    references.append([int(word) for word in words[:3]])
                    weights.append([float(word) for word in words[3:6]])
                    offsets.append([float(word) for word in words[6:9]])
            elif in_vertices:
                in_vertices = False
    return Garment(np.array(references), np.array(weights, float), np.array(offsets, float), scales,
                   read_obj(mesh_path))


def build_morphs(gender, age, muscle=0.5, weight=0.5, ethnic=None):
    """Returns the (morph, strength) list of a build. gender: 0 female, 1 male; age: years; the rest 0..1."""
    ethnic = ethnic or {"caucasian": 1.0}
    beyond_young = (age - 25.0) / 65.0
    if beyond_young < 0:
        child = min((25 - age) / 14.0, 1.0)
        ages = {"young": 1 - child, "child": child}
    else:
        ages = {"young": 1 - beyond_young, "old": beyond_young}
    morphs = []
    for gender_name, gender_share in (("female", 1 - gender), ("male", gender)):
        for age_name, age_share in ages.items():
            for muscle_name, muscle_share in _three_way(muscle, "muscle").items():
                for weight_name, weight_share in _three_way(weight, "weight").items():
                    build = f"{gender_name}-{age_name}-{muscle_name}-{weight_name}"
                    strength = gender_share * age_share * muscle_share * weight_share
                    morphs.append((f"macrodetails/universal-{build}", strength))
            for ethnic_name, ethnic_share in ethnic.items():
                morphs.append((f"macrodetails/{ethnic_name}-{gender_name}-{age_name}",
                               gender_share * age_share * ethnic_share))
    return [(name, strength) for name, strength in morphs if strength > 1e-6]


def _three_way(value, name):
    return {f"min{name}": max(0, 1 - 2 * value),
            f"average{name}": 1 - abs(2 * value - 1),
            f"max{name}": max(0, 2 * value - 1)}
