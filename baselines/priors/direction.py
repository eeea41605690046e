"""The direction of the rain: what every prior about streaks has to know first.

Streaks are bright, faint, thin and nearly parallel. How far the surroundings of a pixel run one way is told by the
structure tensor J, the mean of the products of a plane's two derivatives over a neighbourhood:

    direction = ½ atan2(2 Jrc, Jrr - Jcc), turned by 90°
    coherence = √((Jrr - Jcc)² + 4 Jrc²) / (Jrr + Jcc)

(Bigün and Granlund, Optimal orientation detection of linear symmetry, ICCV 1987). Every pixel votes for its direction
with weight coherence³ · e / (e + noise) / (1 + (e / edge)²), where e = Jrr + Jcc: neither what is fainter than noise
counts nor the edges of things, which are steeper than streaks. The votes are weighted by how usual it is that rain
falls so. Where rails, poles or fur draw more lines than the rain does, theirs is the direction that is found.

Lengths are in pixels, since the priors' own filters are: all of them suit streaks one to five pixels wide.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage
from skimage.feature import structure_tensor

if TYPE_CHECKING:
    import numpy.typing as npt

    Plane = npt.NDArray[np.float64]

__all__ = ["STEEPEST", "beside", "rain_angle"]

STEEPEST = 45
"""Rain farther from the vertical than this, in degrees, is not looked for."""

FINE, BACKGROUND = 1.0, 3.0
"""Standard deviations of the Gaussians, in pixels, between which streaks lie. Without the first one, lines of a pixel's
width would seem to run along the axes more than they do."""

AROUND = 3.0
"""Standard deviation of the neighbourhood that J is a mean over, in pixels."""

FAINT = 0.1
"""Brightness over the background beyond which a line counts no more."""

NOISE, EDGE = 2e-5, 2e-4
"""e that counts half as too faint, and half as too steep: squared intensities for a pixel."""

USUAL = 25.0
"""Standard deviation of the direction of rain from the vertical, in degrees."""

SMOOTH = 2.0
"""Standard deviation, in degrees, by which the votes are smoothed."""

_TINY = 1e-9


def rain_angle(luma: Plane) -> float:
    """Return the direction in which most faint bright lines of a picture run, in degrees from the vertical.

    Positive leans to the right going down, as in :class:`nlcl_bench.data.rendering.Rain`; 0 where nothing has a
    direction.

    Shape:
        luma: float64 ``(H, W)``, in [0, 1].

    >>> rows, columns = np.indices((64, 64))
    >>> rain_angle(0.3 + 0.1 * ((columns - rows) % 9 == 0))
    45.0
    """
    fine, behind = (ndimage.gaussian_filter(luma, sigma, mode="mirror") for sigma in (FINE, BACKGROUND))
    bright = np.clip(fine - behind, 0, FAINT)
    down, mixed, across = structure_tensor(bright, sigma=AROUND, mode="mirror", order="rc")
    energy = down + across
    coherence = np.hypot(down - across, 2 * mixed) / (energy + _TINY)
    weight = coherence**3 * energy / (energy + NOISE) / (1 + (energy / EDGE) ** 2)
    angle = np.degrees(0.5 * np.arctan2(2 * mixed, down - across)) % 180 - 90
    edges = np.arange(-90.5, 91)  # bins of one degree, each around a whole number
    votes, _ = np.histogram(angle, bins=edges, weights=weight)
    angles = np.arange(-STEEPEST, STEEPEST + 1)
    smooth = ndimage.gaussian_filter1d(votes, SMOOTH, mode="wrap")[angles + 90] * np.exp(-0.5 * (angles / USUAL) ** 2)
    return float(angles[np.argmax(smooth)]) if smooth.max() > 0 else 0.0


def beside(angle: float, side: int) -> Plane:
    """Return how far each pixel of a square lies to the right of a line through its middle, in pixels.

    Args:
        angle: Direction of the line, in degrees from the vertical; positive leans to the right going down.
        side: Of the square, in pixels.

    Shape:
        returns: float64 ``(side, side)``.

    >>> beside(0, 3)[0].tolist()
    [-1.0, 0.0, 1.0]
    """
    rows, columns = np.indices((side, side)) - (side - 1) / 2
    away: Plane = columns * np.cos(np.radians(angle)) - rows * np.sin(np.radians(angle))
    return away
