"""The hand of the body's mesh with bent fingers. Needs numpy only."""
import math

import numpy as np

from synthetic_cast.parts import compact
from synthetic_faces.solids import Solid

LOOKS = {"specular": 0.03, "roughness": 0.5}
ARM_LEFT = 2.2  # decimetres of the forearm that come with the hand


class Hand:
    """The left hand, its wrist at the origin, fingers along +y, palm towards +z."""

    def __init__(self, body):
        mesh, assets = body.mesh, body.assets
        joints = {name: mesh.neutral[ids].mean(0) for name, ids in assets.skeleton()["joints"].items()}
        wrist, knuckle = joints["wrist.L____head"], joints["finger3-1.L____head"]
        up = knuckle - wrist
        up /= np.linalg.norm(up)
        across = joints["finger2-1.L____head"] - joints["finger5-1.L____head"]
        palm = np.cross(across, up)
        palm /= np.linalg.norm(palm)
        self._axes = np.stack([np.cross(up, palm), up, palm])
        along = (mesh.neutral - wrist) @ up
        arm = _weights(assets, len(mesh.base), lambda bone: bone.endswith(".L") and bone.startswith(
            ("finger", "metacarpal", "wrist", "lowerarm")))
        faces = [face for face in mesh.faces if arm[face].min() > 0.5 and along[face].min() > -ARM_LEFT]
        ids, quads = compact(faces, len(mesh.base))
        quads = np.array(quads)
        self._triangles = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
        self._rest = (mesh.neutral[ids] - wrist) @ self._axes.T
        self._fingers = []
        for finger in range(1, 6):
            bones = [f"finger{finger}-{joint}.L" for joint in (1, 2, 3)]
            heads = [(joints[bone + "____head"] - wrist) @ self._axes.T for bone in bones]
            tail = (joints[bones[-1] + "____tail"] - wrist) @ self._axes.T
            weights = [_weights(assets, len(mesh.base), bone.__eq__)[ids] for bone in bones]
            self._fingers.append((heads, tail, weights))

    def bent(self, bends, spread, colour):
        """Returns the hand as a Solid; bends: five angles, thumb first; spread: between fingers; radians."""
        points = self._rest.copy()
        for number, ((heads, tail, weights), bend) in enumerate(zip(self._fingers, bends)):
            along = tail - heads[0]
            along /= np.linalg.norm(along)
            axis = np.cross(along, (0, 0, 1.0))
            axis /= np.linalg.norm(axis)
            transform = np.eye(4)
            moved, whole = np.zeros_like(points), sum(weights)
            for joint, (head, weight) in enumerate(zip(heads, weights)):
                turn = _about(axis, bend * (0.6 if number == 0 else 1.0))
                if joint == 0 and number > 0:
                    turn = _about(np.array([0, 0, 1.0]), (2.5 - number) * spread) @ turn
                local = np.eye(4)
                local[:3, :3], local[:3, 3] = turn, head - turn @ head
                transform = transform @ local
                moved += weight[:, None] * (self._rest @ transform[:3, :3].T + transform[:3, 3])
            points = points * (1 - whole[:, None]) + moved
        return Solid(points, self._triangles, colour, **LOOKS)


def draw_bends(draw):
    """Returns (bends, spread): a flat hand, a loose one, a fist, a pointing finger."""
    kind = draw.choice(["flat", "loose", "loose", "fist", "point"])
    bend = {"flat": (0.0, 0.15), "loose": (0.15, 0.6), "fist": (1.2, 1.5), "point": (1.1, 1.5)}[kind]
    bends = [draw.uniform(0, 0.5)] + [draw.uniform(*bend) for _ in range(4)]
    if kind == "point":
        bends[1] = draw.uniform(0, 0.2)
    return bends, draw.uniform(-0.02, 0.12) if kind != "fist" else 0.0


def _weights(assets, count, wanted):
    out = np.zeros(count)
    for bone, (ids, weights) in assets.bone_weights().items():
        if wanted(bone):
            out[ids] += weights
    return np.clip(out, 0, 1)


def _about(axis, angle):
    x, y, z = axis
    cross = np.array([[0, -z, y], [z, 0, -x], [-y, x, 0]])
    return np.eye(3) + math.sin(angle) * cross + (1 - math.cos(angle)) * cross @ cross
