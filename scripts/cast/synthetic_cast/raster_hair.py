"""Hair, brows and lashes as ribbons for the rasteriser. Needs numpy only."""
import numpy as np

from synthetic_cast.beard import BEARD_RADII, beard_strands
from synthetic_cast.brows_and_lashes import BROW_RADII, Lashes, brow_strands, lash_radii
from synthetic_cast.raster_kernel import floats
from synthetic_cast.scalp_hair import scalp_hair

# What a unit of each pigment absorbs, and how deep the light that comes back has gone (fitted to the other renderer).
EUMELANIN = np.array((0.506, 0.841, 1.653))
PHEOMELANIN = np.array((0.343, 0.733, 1.924))
DEPTH = 4.4
GREY = np.array((0.125, 0.12, 0.115))
BROW_WIDENING = 1.3  # brows are thinner than a sample, and gaps between their hairs would show
SHARE = 0.4  # of the other renderer's strands


class RasterHair:
    """All strands of a person; the scalp's come first, so that the first `scalp_segments` segments are theirs."""

    def __init__(self, person):
        rng = np.random.RandomState(12)
        identity = person.identity
        hair, radii = scalp_hair(person, share=SHARE)
        self._scalp_shape = hair.shape
        self._hair, self._hair_tangents = hair.reshape(-1, 3), _tangents(hair).reshape(-1, 3)
        self._brows, self._lashes = brow_strands(person), Lashes(person.body.mesh, person.lash)
        brows, lashes = self._brows.on(person.vertices), self._lashes.on(person.vertices)
        self._beard, beard_mask = beard_strands(person) if identity.get("beard") else (None, [])
        look = identity["hair"]
        colours = [_colours(look["melanin"], look["redness"], look["grey"], len(hair), rng),
                   _colours(person.brow["melanin"], 0.5, 0, len(brows), rng),
                   _colours(0.97, 0.2, 0, len(lashes), rng)]
        sets = [(hair, radii), (brows, BROW_WIDENING * BROW_RADII), (lashes, lash_radii(person.lash))]
        if self._beard:
            beard = self._beard.on(person.vertices)
            colours.append(_colours(look["melanin"], look["redness"], look["grey"], len(beard), rng))
            sets.append((beard, BEARD_RADII))
        self.own_colours = floats(np.concatenate([np.repeat(colour, strands.shape[1], 0)
                                                  for colour, (strands, _) in zip(colours, sets)]))
        self.radii = floats(np.concatenate([np.tile(own, len(strands)) for strands, own in sets]))
        self.scalp_points = len(self._hair)
        self.point_count = len(self.radii)
        self.mask = floats(np.arange(self.point_count) >= self.scalp_points)
        if self._beard:
            self.mask[-beard_mask.size:] = beard_mask.ravel()
        self.segments, self.scalp_segments = _segments([strands.shape[:2] for strands, _ in sets])

    def press(self, pressed):
        """Changes the scalp's Nx3 points at rest with a function."""
        self._hair = pressed(self._hair)
        self._hair_tangents = _tangents(self._hair.reshape(self._scalp_shape)).reshape(-1, 3)

    def posed(self, posed):
        """Returns (points, tangents) of all strands."""
        turn, move = posed.head[:3, :3], posed.head[:3, 3]
        brows, lashes = self._brows.on(posed.vertices), self._lashes.on(posed.vertices)
        sets = [brows, lashes] + ([self._beard.on(posed.vertices)] if self._beard else [])
        points = np.concatenate([self._hair @ turn.T + move] + [strands.reshape(-1, 3) for strands in sets])
        tangents = np.concatenate([self._hair_tangents @ turn.T]
                                  + [_tangents(strands).reshape(-1, 3) for strands in sets])
        return floats(points), floats(tangents)


def hair_colour(melanin, redness):
    """Returns Nx3 linear RGB of hairs with N pigment amounts 0..1; redness: the share of red pigment."""
    amount = -np.log(np.maximum(1 - np.asarray(melanin, float), 1e-4))[:, None]
    absorption = amount * (EUMELANIN * (1 - redness) + PHEOMELANIN * redness)
    return 0.8 * np.exp(-DEPTH * np.sqrt(absorption)) + 0.005


def _colours(melanin, redness, grey, count, rng):
    """Each strand's colour: a little more or less pigment than the person's; a share of them is grey."""
    amounts = np.clip(melanin + rng.uniform(-0.10, 0.07, count), 0.05, 0.985)
    is_grey = rng.rand(count) < grey
    return np.where(is_grey[:, None], GREY * rng.uniform(0.7, 1.1, count)[:, None], hair_colour(amounts, redness))


def _tangents(strands):
    steps = np.gradient(strands, axis=1)
    return steps / np.maximum(np.linalg.norm(steps, axis=2, keepdims=True), 1e-9)


def _segments(shapes):
    """Returns (Mx2 point ids of all segments, how many are of the first set); shapes: (strands, points) of sets."""
    out, first = [], 0
    for count, length in shapes:
        ids = first + np.arange(count * length).reshape(count, length)
        out.append(np.stack([ids[:, :-1], ids[:, 1:]], -1).reshape(-1, 2))
        first += count * length
    return np.concatenate(out).astype(np.int32), len(out[0])
