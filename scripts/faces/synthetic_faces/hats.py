"""Caps, hats, head scarves and hoods over a head of any shape. Needs numpy only."""
import numpy as np

from synthetic_cast.base_mesh import smoothstep
from synthetic_faces.solids import sheet

CENTRE = np.array([0.0, 7.40, 0.30])  # inside the head at rest, decimetres
COLUMNS, ROWS = 56, 18
NARROWNESS = 4.0  # how fast what lies aside of a direction counts less
HAIR_UNDER = 0.01  # decimetres that pressed hair keeps above the skin


class HeadShape:
    """How far the head reaches from CENTRE in any direction, smoothed as cloth would."""

    def __init__(self, person):
        skin = person.vertices[np.unique(person.body.mesh.triangles)]
        reach = skin[(skin[:, 1] > 5.6) & (np.abs(skin[:, 0]) < 1.3)] - CENTRE
        self._lengths = np.linalg.norm(reach, axis=1).astype(np.float32)
        self._toward = (reach / self._lengths[:, None]).astype(np.float32)

    def reach(self, directions):
        """Returns N distances for Nx3 unit vectors."""
        cosines = directions.astype(np.float32) @ self._toward.T
        return (self._lengths * (1 - NARROWNESS * (1 - cosines))).max(1)


def draw_hat(draw, name, person):
    """Returns (Solids at rest, a function that presses Nx3 points of hair under the hat)."""
    return HATS[name](draw, HeadShape(person))


def _direction(azimuth, height):
    """Unit vectors: azimuth from the nose, height above the horizon, radians."""
    return np.stack([np.cos(height) * np.sin(azimuth), np.sin(height), np.cos(height) * np.cos(azimuth)], -1)


def _hem(azimuth, front, back):
    """The hem's height above the horizon in radians: over the brows in front, lower behind."""
    return np.radians(back + (front - back) * (0.5 + 0.5 * np.cos(azimuth)) ** 1.2)


def _crown(head, front, back, thickness, top=0.0, ribs=0.0):
    """Returns (ROWSxCOLUMNSx3 points from the hem to the top, the hem's heights)."""
    azimuth = np.linspace(0, 2 * np.pi, COLUMNS, endpoint=False)
    hem = _hem(azimuth, front, back)
    share = np.linspace(0, 1, ROWS)[:, None]
    height = hem + (np.pi / 2 - hem) * share
    directions = _direction(np.broadcast_to(azimuth, height.shape), height)
    reach = head.reach(directions.reshape(-1, 3)).reshape(height.shape)
    reach = reach + thickness + top * smoothstep(0.3, 1.0, share) + ribs * np.cos(azimuth * COLUMNS / 2)
    return CENTRE + directions * reach[..., None], hem


def _press(head, front, back):
    def pressed(points):
        away = points - CENTRE
        length = np.linalg.norm(away, axis=1)
        direction = away / np.maximum(length, 1e-9)[:, None]
        azimuth = np.arctan2(direction[:, 0], direction[:, 2])
        under = np.arcsin(direction[:, 1]) > _hem(azimuth, front, back) - 0.06
        out = points.copy()
        out[under] = CENTRE + direction[under] * np.minimum(
            length[under], _reach_at(head, direction[under]) + HAIR_UNDER)[:, None]
        return out
    return pressed


def _reach_at(head, directions):
    """The head's reach, looked up in a table of directions a few degrees apart."""
    azimuths, heights = np.linspace(-np.pi, np.pi, 73), np.linspace(-np.pi / 2, np.pi / 2, 37)
    grid = _direction(*np.meshgrid(azimuths, heights))
    table = head.reach(grid.reshape(-1, 3)).reshape(37, 73)
    column = np.rint((np.arctan2(directions[:, 0], directions[:, 2]) + np.pi) / np.pi * 36).astype(int)
    row = np.rint((np.arcsin(np.clip(directions[:, 1], -1, 1)) / np.pi + 0.5) * 36).astype(int)
    return table[row, column]


def _cloth(draw):
    if draw.random() < 0.4:
        return [draw.uniform(0.01, 0.08)] * 3
    return [draw.uniform(0.01, 0.55) for _ in range(3)]


def _looks(draw):
    return {"colour": _cloth(draw), "in_front": False, "specular": 0.02, "roughness": draw.uniform(0.6, 0.95)}


def _beanie(draw, head):
    front, back = draw.uniform(33, 44), draw.uniform(-8, 2)
    looks = _looks(draw)
    crown, _ = _crown(head, front, back, 0.10, top=draw.uniform(0, 0.35), ribs=draw.choice([0, 0.012]))
    solids = [sheet(crown, around=True, **looks)]
    if draw.random() < 0.7:
        rows = 3 + draw.randrange(3)
        away = crown[:rows] - CENTRE
        fold = CENTRE + away * (1 + 0.05 / np.linalg.norm(away, axis=2, keepdims=True))
        fold[-1] = crown[rows - 1]
        looks = looks if draw.random() < 0.7 else {**looks, "colour": _cloth(draw)}
        solids.append(sheet(fold, around=True, **looks))
    return solids, _press(head, front, back)


def _cap(draw, head, backwards=False):
    front, back = draw.uniform(37, 45), draw.uniform(4, 12)
    if backwards:
        front, back = front - 2, back + 6
    looks = _looks(draw)
    crown, _ = _crown(head, front, back, 0.09, top=draw.uniform(0.02, 0.15))
    turn = np.pi if backwards else 0.0
    columns = np.arange(-11, 12) + (COLUMNS // 2 if backwards else 0)
    edge = crown[0, columns % COLUMNS]
    ahead = np.array([np.sin(turn), 0, np.cos(turn)])
    across = np.linspace(-1, 1, len(columns))
    length = draw.uniform(0.5, 0.8) * np.sqrt(np.clip(1 - across ** 2 * 0.92, 0, 1))
    drop, bend = draw.uniform(0.1, 0.45), draw.uniform(0.0, 0.35)
    share = np.linspace(0, 1, 6)[:, None, None]
    out = ahead * length[:, None]
    fall = np.array([0, -1.0, 0]) * (drop * length + bend * across ** 2 * 0.3)[:, None]
    visor = edge + share * out + share * fall + np.array([0, 0.01, 0])
    looks_of_visor = looks if draw.random() < 0.6 else {**looks, "colour": _cloth(draw)}
    below = visor[::-1] - np.array([0, 0.03, 0])
    return [sheet(crown, around=True, **looks), sheet(visor[:, ::-1], **looks_of_visor),
            sheet(below[:, ::-1], **looks_of_visor)], _press(head, front, back)


def _brim(draw, head):
    front, back = draw.uniform(36, 44), draw.uniform(14, 22)
    looks = _looks(draw)
    crown, _ = _crown(head, front, back, 0.10, top=draw.uniform(0.2, 0.55))
    width, drop = draw.uniform(0.35, 0.9), draw.uniform(-0.3, 0.6)
    azimuth = np.linspace(0, 2 * np.pi, COLUMNS, endpoint=False)
    out = np.stack([np.sin(azimuth), -drop * (0.6 + 0.4 * np.cos(2 * azimuth)), np.cos(azimuth)], 1) * width
    brim = crown[0] + np.linspace(1, 0, 5)[:, None, None] * out
    below = brim[::-1] - np.array([0, 0.03, 0])
    band = CENTRE + (crown[:3] - CENTRE) * 1.012
    return [sheet(crown, around=True, **looks), sheet(brim, around=True, **looks), sheet(below, around=True, **looks),
            sheet(band, around=True, **{**looks, "colour": _cloth(draw)})], _press(head, front, back)


def _wrapped(draw, head, thickness):
    """Cloth all around the face: rings about the line of sight from the face's edge to the back of the head."""
    looks = _looks(draw)
    around = np.linspace(0, 2 * np.pi, COLUMNS, endpoint=False)
    top, side, chin = draw.uniform(50, 60), draw.uniform(58, 66), draw.uniform(62, 70)
    up = np.cos(around)
    opening = np.radians(side + (top - side) * np.clip(up, 0, 1) ** 2 + (chin - side) * np.clip(-up, 0, 1) ** 2)
    share = np.linspace(0, 1, ROWS + 6)[:, None]
    angle = opening + (np.pi * 0.985 - opening) * share
    directions = np.stack([np.sin(angle) * np.sin(around), np.sin(angle) * np.cos(around), np.cos(angle)], 2)
    reach = head.reach(directions.reshape(-1, 3)).reshape(angle.shape)
    folds = 0.02 * np.sin(9 * around + 6 * share) * smoothstep(0.05, 0.4, share) * draw.uniform(0.3, 1.5)
    edge = 0.03 * (1 - smoothstep(0, 0.1, share))
    points = CENTRE + directions * (np.minimum(reach, 1.75) + thickness + folds + edge)[..., None]
    return [sheet(points, around=True, **looks)], lambda hair: hair


def _scarf(draw, head):
    return _wrapped(draw, head, draw.uniform(0.05, 0.10))


def _hood(draw, head):
    return _wrapped(draw, head, draw.uniform(0.16, 0.3))


# To add headwear: a function that returns Solids and the pressing of hair, its row here and in people.HEADWEAR.
HATS = {
    "beanie": _beanie,
    "cap": _cap,
    "cap backwards": lambda draw, head: _cap(draw, head, backwards=True),
    "brim": _brim,
    "scarf": _scarf,
    "hood": _hood,
}
