"""In which direction the faint lines of a picture run: votes of the structure tensor, and the direction most go to.

How far the surroundings of a pixel run one way is told by the structure tensor J of the high-passed luma, J being the
mean of the products of its two derivatives over a small neighbourhood:

    direction = 1/2 atan2(2 Jxy, Jxx - Jyy), turned by 90 degrees
    coherence = (l1 - l2) / (l1 + l2) = sqrt((Jxx - Jyy)^2 + 4 Jxy^2) / (Jxx + Jyy)

(Bigun and Granlund, "Optimal orientation detection of linear symmetry", ICCV 1987; Jahne, "Digital Image Processing",
chapter 13). Each pixel votes for its direction with weight coherence^3 s^2/(s^2 + noise^2) / (1 + (s/edge)^4), where
s^2 is the trace of J: what is fainter than noise does not count, and neither do the edges of things, which are steep.
Then the picture is cut into a grid and each cell has the same say, so that one fence does not outvote all other cells.

Directions are in degrees from the vertical, positive leaning to the right going down. The dtype of the plane is kept up
to the votes, so that a caller's numbers are of the precision it chose. At which scales lines are looked for, and what
their directions mean, is the caller's affair.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import numpy as np
from scipy.ndimage import gaussian_filter, gaussian_filter1d

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.floating[Any]]
    Plane = TypeVar("Plane", bound=Floats)
    Votes = npt.NDArray[np.float64]

__all__ = ["CENTRES", "STEEPEST", "WINDOW", "Scales", "directions", "high_pass", "main_direction", "votes"]

NOISE, EDGE = 0.004, 0.014
"""Contrast, in luma per standard deviation of the derivative, that counts half as too faint and half as too steep."""

FAINT = 0.02
"""Share of a cell that must vote before it has half of its say."""

BIN = 2
"""Width of a bin of directions in degrees."""

SMOOTH = 4
"""Standard deviation, in degrees, by which the histogram of directions is smoothed."""

STEEPEST = 55
"""A main direction farther from the vertical than this, in degrees, is not looked for: level lines are the scene's."""

WINDOW = 15
"""Lines within this many degrees of the main direction belong to it."""

CENTRES = np.arange(-90 + BIN / 2, 90, BIN)
"""Middle of each bin, in degrees from the vertical."""


class Scales(NamedTuple):
    """Standard deviations of Gaussians, in pixels.

    Attributes:
        fine: Of the derivatives.
        around: Of the neighbourhood that J is a mean over.
        coarse: Of what the high-pass takes away.
    """

    fine: float
    around: float
    coarse: float


def high_pass(plane: Plane, coarse: float) -> Plane:
    """Return what a Gaussian blur takes away."""
    high: Plane = plane - gaussian_filter(plane, coarse, mode="nearest")
    return high


def directions(plane: Plane, scales: Scales) -> tuple[Plane, Plane]:
    """Return for each pixel the direction of the lines around it, and the weight of its vote.

    Shape:
        plane: luma ``(H, W)``, in [0, 1].
        returns: two of the same shape and dtype: degrees from the vertical, in [-90, 90], and weights in [0, 1].
    """
    high = high_pass(plane, scales.coarse)
    right = gaussian_filter(high, scales.fine, order=(0, 1), mode="nearest") * scales.fine
    down = gaussian_filter(high, scales.fine, order=(1, 0), mode="nearest") * scales.fine
    xx, yy, xy = (gaussian_filter(one, scales.around, mode="nearest") for one in (right**2, down**2, right * down))
    square = xx + yy
    coherence = np.hypot(xx - yy, 2 * xy) / (square + NOISE**2 / 4)
    weight = coherence**3 * square / (square + NOISE**2) / (1 + square**2 / EDGE**4)
    return -np.degrees(0.5 * np.arctan2(2 * xy, xx - yy)), weight


def votes(plane: Floats, scales: Scales, grid: int) -> Votes:
    """Return the share of the picture that each direction of :data:`CENTRES` has; the rest of 1 is without lines.

    Args:
        plane: Luma ``(H, W)``, in [0, 1].
        scales: Of the lines that are looked for.
        grid: Cells along each side of the picture; each has the same say.

    >>> rows, columns = np.indices((96, 96))
    >>> leaning = 0.4 + 0.02 * ((columns - rows) % 8 < 2)
    >>> round(main_direction(votes(leaning, Scales(0.8, 2.0, 4.0), 8)))
    45
    """
    direction, weight = directions(plane, scales)
    height, width = plane.shape
    cell = (np.arange(height) * grid // height)[:, None] * grid + np.arange(width) * grid // width
    slot = cell * CENTRES.size + ((direction + 90) / BIN).astype(np.int64) % CENTRES.size
    counts = np.bincount(slot.ravel(), weight.ravel(), grid**2 * CENTRES.size).reshape(grid**2, CENTRES.size)
    shares = counts / (counts.sum(axis=1, keepdims=True) + FAINT * plane.size / grid**2)
    smooth: Votes = gaussian_filter1d(shares.mean(axis=0), SMOOTH / BIN, mode="wrap")
    return smooth


def main_direction(shares: Votes) -> float:
    """Return the direction around which most votes lie, within plus or minus 55 degrees of the vertical.

    It is the mean around the mode. Without any vote it is arbitrary, but always the same.
    """
    allowed = np.abs(CENTRES) <= STEEPEST
    angle = float(CENTRES[allowed][np.argmax(shares[allowed])])
    for _ in range(3):  # the mean around the mode, moved along with it
        near = np.abs(CENTRES - angle) <= WINDOW
        excess = np.maximum(shares[near] - np.median(shares), 0)
        if excess.sum() > 0:
            angle = float(excess @ CENTRES[near] / excess.sum())
    return float(np.clip(angle, -STEEPEST, STEEPEST))
