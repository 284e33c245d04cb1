"""Where the landmarks of a posed head are seen, and which of them are. Needs numpy only."""
import numpy as np

STEPS = 24  # places along a line of the cheek
NEAR = 2  # samples around a landmark that say whether it is hidden
SURFACE = 0.10  # decimetres that the surface at a landmark may lie before it
SEEN_SHARE = 0.3
MIDDLE_OF_MOUTH = 6.95  # its height in decimetres in the frontal view of the neutral body


class Contour:
    """The jaw line as it is seen: each of its points may move over the cheek to where the head's outline is."""

    def __init__(self, body):
        jaw = body.landmarks.interpolate(body.mesh.neutral)[:17]
        bindings, self._outward = [], []
        for k, (x, y, _) in enumerate(jaw):
            inner = np.array([0.0, max(y, MIDDLE_OF_MOUTH)])
            outward = np.array([x, y]) - inner
            self._outward.append(outward / np.linalg.norm(outward))
            farthest = 0.40 if 5 < k < 11 else 0.70
            bindings += [self._bound(body, k, np.array([x, y]), inner, t) for t in np.linspace(0, farthest, STEPS)]
        self._ids = np.array([ids for ids, _ in bindings])
        self._weights = np.array([weights for _, weights in bindings])
        self._outward = np.array(self._outward)

    @staticmethod
    def _bound(body, k, outer, inner, t):
        hit = body.mesh.project_front(*(outer * (1 - t) + inner * t)) if t > 0 else None
        if hit is not None:
            return hit
        ids, weights = body.landmarks.bindings[k]
        return np.resize(ids, 3), np.r_[weights, np.zeros(3 - len(weights))]

    def points(self, surface, head_in_camera):
        """Returns 17x3 points; surface: Nx3 posed vertices; head_in_camera: 3x3, its rows right, up, back."""
        places = (surface[self._ids] * self._weights[..., None]).sum(1).reshape(17, STEPS, 3)
        up = head_in_camera[:2, 1] / np.linalg.norm(head_in_camera[:2, 1])
        right = np.array([up[1], -up[0]])
        return places, self._outward[:, :1] * right + self._outward[:, 1:] * up


def on_contour(contour, camera, surface, head):
    """Returns the 17 points of the visible jaw line, 17x3; head: 3x3 body_from_head."""
    places, outward = contour.points(surface, camera.axes @ head)
    pixels = camera.project(places.reshape(-1, 3)).reshape(17, STEPS, 2) * (1, -1)
    reach = (pixels * outward[:, None]).sum(2)
    reach[:, 0] += 0.25  # pixels: a point of the jaw stays where it is unless the outline lies clearly beyond
    return places[np.arange(17), reach.argmax(1)]


def seen(camera, points, depths, each):
    """Returns for Nx3 points whether they are seen; depths: of each x each samples a pixel, inf for nothing."""
    pixels = np.floor(camera.project(points) * each).astype(int)
    own = -((points - camera.eye) @ camera.axes[2])
    steps = np.arange(-NEAR, NEAR + 1)
    rows = np.clip(pixels[:, 1, None, None] + steps[None, :, None], 0, depths.shape[0] - 1)
    columns = np.clip(pixels[:, 0, None, None] + steps[None, None, :], 0, depths.shape[1] - 1)
    free = depths[rows, columns] > own[:, None, None] - SURFACE
    return free.mean((1, 2)) >= SEEN_SHARE
