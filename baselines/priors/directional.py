"""Directional opening: rain is what is bright, narrow across one direction and long along it.

With open[d] the grey-scale opening by a line of direction d (Soille, Morphological Image Analysis, 2nd
edition 2003, chapter 4: what is bright and does not hold the line goes), O the luma and θ the direction of the rain,

    T = O - open[across θ](O)        the white top hat: what is bright and narrower than the line across
    R = open[along θ](T)             of that, what is at least as long as the line along
    B = O - R

Ours: the combination, the lengths, and θ from the structure tensor (:mod:`baselines.priors.direction`). Bright poles,
rails and twigs that run with the rain are taken for rain.

Half a second per megapixel. On the middles, 192 pixels wide, of three photographs under long streaks of 10° it gains
3.3, 3.3 and 0.4 dB over the input (coffee, astronaut, chelsea); the same without rain come out at 47, 36 and 45 dB.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from baselines.priors.direction import rain_angle
from baselines.priors.layer import without_rain

if TYPE_CHECKING:
    import numpy.typing as npt
    from torch import Tensor

    Plane = npt.NDArray[np.float64]

__all__ = ["directional", "line", "streaks"]

ACROSS = 5
"""Length of the line across, in pixels: streaks are narrower."""

ALONG = 11
"""Length of the line along, in pixels: streaks are longer."""


def directional(rainy: Tensor) -> Tensor:
    """Take away what is bright, narrow and long in the direction of the rain.

    Shape:
        rainy, returns: float32 ``(N, 3, H, W)``, in [0, 1].
    """
    return without_rain(rainy, lambda luma: streaks(luma, rain_angle(luma)))


def streaks(luma: Plane, angle: float) -> Plane:
    """Return the rain layer R of the module's docstring.

    Args:
        luma: The picture's luma.
        angle: Direction of the rain, in degrees from the vertical; positive leans to the right going down.

    Shape:
        luma, returns: float64 ``(H, W)``, in [0, 1].
    """
    behind = ndimage.grey_opening(luma, footprint=line(ACROSS, angle + 90), mode="mirror")
    rain: Plane = ndimage.grey_opening(luma - behind, footprint=line(ALONG, angle), mode="mirror")
    return rain


def line(length: int, angle: float) -> npt.NDArray[np.bool_]:
    """Return a straight line through the middle of a mask, symmetric about it.

    Args:
        length: In pixels, odd.
        angle: In degrees from the vertical; positive leans to the right going down.

    >>> line(3, 45).astype(int).tolist()
    [[1, 0, 0], [0, 1, 0], [0, 0, 1]]
    >>> line(3, 90).astype(int).tolist()
    [[1, 1, 1]]
    """
    turn, half = np.radians(angle), length // 2
    steps = np.arange(-half, half + 1)
    longest = max(abs(np.cos(turn)), abs(np.sin(turn)))  # one pixel a step along the nearer axis
    rows = np.rint(steps * np.cos(turn) / longest).astype(int)
    columns = np.rint(steps * np.sin(turn) / longest).astype(int)
    mask = np.zeros((np.ptp(rows) + 1, np.ptp(columns) + 1), dtype=bool)
    mask[rows - rows.min(), columns - columns.min()] = True
    return mask
