"""Poses a person: expression, gaze, and a head turn shared by neck and head bones."""
import math
from dataclasses import dataclass

import numpy as np

from synthetic_cast.performances import expression_morphs

BONES = ["neck01", "neck02", "neck03", "head"]
TURN_SHARES = [0.14, 0.18, 0.18, 0.5]


@dataclass
class PosedBody:
    """Vertices of body and eyes after posing, and the head's 4x4 transform posed_from_rest."""
    vertices: np.ndarray
    eyes: np.ndarray
    head: np.ndarray


def rotation(yaw, pitch, roll):
    """Returns the 3x3 rotation of head angles in degrees."""
    y, p, r = np.radians([yaw, -pitch, roll])
    c, s = np.cos, np.sin
    about_y = np.array([[c(y), 0, s(y)], [0, 1, 0], [-s(y), 0, c(y)]])
    about_x = np.array([[1, 0, 0], [0, c(p), -s(p)], [0, s(p), c(p)]])
    about_z = np.array([[c(r), -s(r), 0], [s(r), c(r), 0], [0, 0, 1]])
    return about_y @ about_x @ about_z


def angles(turn):
    """Returns (yaw, pitch, roll) in degrees of a 3x3 rotation: the inverse of rotation()."""
    return (math.degrees(math.atan2(turn[0, 2], turn[2, 2])), math.degrees(math.asin(max(-1, min(1, turn[1, 2])))),
            math.degrees(math.atan2(turn[1, 0], turn[1, 1])))


def partial_rotation(turn, fraction):
    """Returns the rotation by a fraction of the turn's angle about the same axis."""
    angle = math.acos(max(-1, min(1, (np.trace(turn) - 1) / 2)))
    if angle < 1e-6:
        return np.eye(3)
    axis = np.array([turn[2, 1] - turn[1, 2], turn[0, 2] - turn[2, 0], turn[1, 0] - turn[0, 1]])
    axis = axis / (2 * math.sin(angle))
    cross = np.array([[0, -axis[2], axis[1]], [axis[2], 0, -axis[0]], [-axis[1], axis[0], 0]])
    angle *= fraction
    return np.eye(3) + math.sin(angle) * cross + (1 - math.cos(angle)) * cross @ cross


class Poser:
    """Poses one person frame by frame."""

    def __init__(self, person):
        self.person = person
        assets, mesh = person.body.assets, person.body.mesh
        self.bone_weights = self._bone_weights(assets, len(mesh.base))
        joints = assets.skeleton()["joints"]
        self.joints = [person.vertices[joints[bone + "____head"]].mean(0) for bone in BONES]
        self.eyes = assets.eyes()
        self.eye_is_left = self.eyes.fit(person.vertices)[:, 0] > 0
        self.eye_centres = [person.vertices[mesh.group_vertices(f"helper-{side}-eye")].mean(0)
                            for side in "rl"]

    @staticmethod
    def _bone_weights(assets, vertex_count):
        """Nx5 weights: the still body, then BONES; a bone's descendants count as the bone."""
        bones = assets.skeleton()["bones"]
        weights = np.zeros((vertex_count, 1 + len(BONES)))
        for bone, (ids, bone_weights) in assets.bone_weights().items():
            ancestor = bone
            while ancestor and ancestor not in BONES:
                ancestor = bones[ancestor]["parent"]
            column = BONES.index(ancestor) + 1 if ancestor else 0
            weights[ids, column] += bone_weights
        weights[weights.sum(1) < 1e-6, 0] = 1
        return weights / weights.sum(1, keepdims=True)

    def pose(self, frame):
        """Returns the PosedBody of a performance's frame."""
        transforms = self._bone_transforms(rotation(frame["yaw"], frame["pitch"], frame["roll"]))
        head = transforms[-1]
        rest = self.person.body.assets.apply_morphs(self.person.vertices, expression_morphs(frame))
        vertices = np.zeros_like(rest)
        for k, transform in enumerate(transforms):
            vertices += self.bone_weights[:, k:k + 1] * (rest @ transform[:3, :3].T + transform[:3, 3])
        eyes = self._turned_eyes(rotation(frame.get("gaze_yaw", 0), frame.get("gaze_pitch", 0), 0))
        return PosedBody(vertices, eyes @ head[:3, :3].T + head[:3, 3], head)

    def _bone_transforms(self, turn):
        transforms = [np.eye(4)]
        for joint, share in zip(self.joints, TURN_SHARES):
            local = np.eye(4)
            local[:3, :3] = partial_rotation(turn, share)
            local[:3, 3] = joint - local[:3, :3] @ joint
            transforms.append(transforms[-1] @ local)
        return transforms

    def _turned_eyes(self, gaze):
        eyes = self.eyes.fit(self.person.vertices)
        for is_left, centre in enumerate(self.eye_centres):
            chosen = self.eye_is_left == bool(is_left)
            eyes[chosen] = (eyes[chosen] - centre) @ gaze.T + centre
        return eyes
