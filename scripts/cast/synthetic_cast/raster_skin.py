"""The skin's colour and gloss per vertex of the refined mesh: what skin_material.py does per point. Numpy only."""
import numpy as np

from synthetic_cast.noise import cells, value_noise

STUBBLE_COVER = 0.34  # the part of the skin that stubble's dots cover where it is full
STUBBLE_COLOUR = np.array((0.05, 0.04, 0.04))


class SkinPattern:
    """The pattern at Nx3 places of the neutral body, the same for all persons."""

    def __init__(self, rest):
        self.mottling = _ramp(value_noise(rest, 2.6, 5), 0.40, 0.75)
        self.blotches = 0.55 * _ramp(value_noise(rest, 16, 3, salt=20), 0.52, 0.74)
        distance, number = cells(rest, 15)
        self.freckles = _ramp(0.30 * _ramp(number, 0.45, 1.0) - distance, 0, 0.10)
        self.pores = 1 + 0.25 * (value_noise(rest, 14, 3, salt=80) - 0.5)
        self.gloss = value_noise(rest, 9, 3, salt=40)
        self.beard_grain = value_noise(rest, 30, 2, salt=60)

    def colour(self, tint, weights):
        """Returns the Nx3 albedo. tint: Nx3; weights: Person.skin at the same places."""
        colour = _multiplied(tint, self.mottling, (0.93, 0.80, 0.80))
        colour = _multiplied(colour, self.blotches, (0.87, 0.83, 0.80))
        colour = _multiplied(colour, self.freckles * weights["freckles"], (0.62, 0.45, 0.36))
        colour = colour * self.pores[:, None]
        stubble = 0.75 * STUBBLE_COVER * weights["stubble"] * (0.5 + self.beard_grain)
        return colour * (1 - stubble[:, None]) + STUBBLE_COLOUR * stubble[:, None]

    def roughness(self, weights):
        """Returns N values."""
        return 0.34 + 0.22 * self.gloss - 0.14 * weights["lip"]


def _ramp(values, low, high):
    return np.clip((values - low) / (high - low), 0, 1)


def _multiplied(colour, weight, factor):
    return colour * (1 + (np.array(factor) - 1) * weight[:, None])
