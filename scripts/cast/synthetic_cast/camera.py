"""A pinhole camera and the ground truth of a frame as it sees it."""
import math

import numpy as np

from synthetic_cast.person import HEAD_JOINT
from synthetic_cast.posing import angles


class Camera:
    """axes: rows right, up, back in body axes; focal length in pixels; fov is vertical, in degrees.

    Pixels: x to the right, y down from the picture's top left corner; the first pixel's centre is (0.5, 0.5).
    """

    def __init__(self, camera, width, height):
        self.eye = np.array(camera["eye"], float)
        forward = np.array(camera["at"]) - self.eye
        forward /= np.linalg.norm(forward)
        right = np.cross(forward, [0, 1, 0])
        right /= np.linalg.norm(right)
        self.axes = np.stack([right, np.cross(right, forward), -forward])
        self.width, self.height = width, height
        self.fov = camera["fov"]
        self.focal = (height / 2) / math.tan(math.radians(self.fov) / 2)

    def project(self, points):
        """Returns the Nx2 pixels of Nx3 points."""
        seen = (points - self.eye) @ self.axes.T
        return np.stack([self.width / 2 + self.focal * seen[:, 0] / -seen[:, 2],
                         self.height / 2 - self.focal * seen[:, 1] / -seen[:, 2]], 1)


def frame_truth(camera, body, posed, mask):
    """Returns landmarks, their visibility by surface normal, the mask's box, and the head's pose.

    mask: HxW, 0..1. face_box is None where no pixel of the mask is above one half.
    """
    points = body.landmarks.interpolate(posed.vertices)
    normals = body.landmarks.interpolate(body.mesh.vertex_normals(posed.vertices))
    visible = ((camera.eye - points) * normals).sum(1) > 0
    ys, xs = np.where(mask > 0.5)
    box = [int(xs.min()), int(ys.min()), int(xs.max()) + 1, int(ys.max()) + 1] if len(xs) else None
    head_rotation, head_move = posed.head[:3, :3], posed.head[:3, 3]
    turn = camera.axes @ head_rotation
    position = camera.axes @ (head_rotation @ HEAD_JOINT + head_move - camera.eye)
    yaw, pitch, roll = angles(turn)
    pose = {"yaw": round(yaw, 2), "pitch": round(pitch, 2), "roll": round(roll, 2)}
    return {
        "landmarks68": np.round(camera.project(points), 2).tolist(),
        "visible": visible.astype(int).tolist(),
        "face_box": box,
        "pose_camera": pose,
        "R_camera": np.round(turn, 5).tolist(),
        "t_camera": np.round(position, 4).tolist(),
    }
