"""Streaks: faint thin lines that all run in nearly one direction, everywhere in the picture.

A falling drop smears over the exposure into a line (Garg and Nayar, "Vision and Rain", IJCV 75(1), 2007). How far
the surroundings of a pixel run one way is told by the structure tensor J of the high-passed luma, J being the mean of
the products of its two derivatives over a small neighbourhood:

    direction = ½ atan2(2 Jxy, Jxx - Jyy), turned by 90°
    coherence = (λ1 - λ2) / (λ1 + λ2) = √((Jxx - Jyy)² + 4 Jxy²) / (Jxx + Jyy)

(Bigün and Granlund, "Optimal orientation detection of linear symmetry", ICCV 1987; Jähne, "Digital Image Processing",
chapter 13). Each pixel votes for its direction with weight coherence³ · s²/(s² + noise²) / (1 + (s/edge)⁴), where s² is
the trace of J: what is fainter than noise does not count, and neither do the edges of things, which are far steeper
than rain. Then the picture is cut into a grid and each cell has the same say, so that one fence does not outvote
the rain in all other cells.

Grass, blinds and brickwork draw parallel faint lines too, and a photograph alone cannot always tell.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import gaussian_filter, gaussian_filter1d

from collection_tools.rain.cue import Cue, ramp

if TYPE_CHECKING:
    import numpy.typing as npt

    from collection_tools.rain.view import View

    Floats = npt.NDArray[np.float32]
    Doubles = npt.NDArray[np.float64]

__all__ = ["Streaks", "streaks"]

FINE, AROUND, COARSE = 0.0022, 0.0063, 0.0125
"""Standard deviations in shorter sides: of the derivatives, of the neighbourhood, of what the high-pass takes away."""

NOISE, EDGE = 0.004, 0.014
"""Contrast, in luma per standard deviation of the derivative, that counts half as too faint and half as too steep."""

GRID = 10
"""Cells along each side of the picture."""

BIN = 2
"""Width of a bin of directions in degrees."""

SMOOTH = 4
"""Standard deviation, in degrees, by which the histogram of directions is smoothed."""

STEEPEST = 55
"""Rain farther from the vertical than this, in degrees, is not looked for."""

UPRIGHT = 40
"""Most rain is within this many degrees of the vertical."""

WINDOW = 15
"""Lines within this many degrees of the main direction belong to it."""

ENOUGH = 0.3
"""Share of the picture that must vote before the directions are trusted."""

FAINT = 0.02
"""Share of a cell that must vote before it has half of its say."""

CENTRES = np.arange(-90 + BIN / 2, 90, BIN)
"""Middle of each bin, in degrees from the vertical."""


@dataclass(frozen=True, slots=True)
class Streaks:
    """What the faint lines of a photograph say.

    Attributes:
        angle: Their main direction in degrees from the vertical, within ±55; positive leans to the right going down.
        density: Share of the picture's cells given over to lines of the main direction, beyond what goes to as wide a
            range of other directions; in [0, 1]. It grows with the number of streaks but is no number of streaks.
        concentration: Share of all lines that run within 15° of the main direction; 1/6 if they run anyhow.
        uprightness: Share of all lines that run within 40° of the vertical; 4/9 if they run anyhow.
    """

    angle: Cue
    density: Cue
    concentration: Cue
    uprightness: Cue


def streaks(seen: View) -> Streaks:
    """Measure streaks; where there is no line at all, every value and confidence is 0."""
    votes = _votes(seen.luma, seen.unit) if seen.trust else np.zeros_like(CENTRES)
    total = float(votes.sum())
    trust = seen.trust * ramp(total, 0.0, ENOUGH)
    if trust == 0:
        return Streaks(*(Cue(name, 0.0, 0.0) for name in ("angle", "density", "concentration", "uprightness")))
    angle = _main(votes)
    near = np.abs(CENTRES - angle) <= WINDOW
    density = max(0.0, float(votes[near].sum() - np.median(votes) * near.sum()))
    concentration = float(votes[near].sum()) / total
    upright = float(votes[np.abs(CENTRES) <= UPRIGHT].sum()) / total
    return Streaks(
        Cue("angle", angle, trust * ramp(concentration, 0.25, 0.5)),
        Cue("density", density, trust),
        Cue("concentration", concentration, trust),
        Cue("uprightness", upright, trust),
    )


def _votes(luma: Floats, unit: int) -> Doubles:
    """Return the share of the picture that each bin of directions has; the rest of 1 is without lines."""
    direction, weight = _directions(luma, unit)
    height, width = luma.shape
    cell = (np.arange(height) * GRID // height)[:, None] * GRID + np.arange(width) * GRID // width
    bins = ((direction + 90) / BIN).astype(np.int64) % CENTRES.size
    slot = (cell * CENTRES.size + bins).ravel()
    counts = np.bincount(slot, weight.ravel(), minlength=GRID**2 * CENTRES.size).reshape(GRID**2, CENTRES.size)
    shares = counts / (counts.sum(axis=1, keepdims=True) + FAINT * luma.size / GRID**2)
    votes: Doubles = gaussian_filter1d(shares.mean(axis=0), SMOOTH / BIN, mode="wrap")
    return votes


def _directions(luma: Floats, unit: int) -> tuple[Floats, Floats]:
    """Return for each pixel the direction of lines around it, in degrees from the vertical, and its weight."""
    fine, around = FINE * unit, AROUND * unit
    high = luma - gaussian_filter(luma, COARSE * unit, mode="nearest")
    right = gaussian_filter(high, fine, order=(0, 1), mode="nearest") * fine
    down = gaussian_filter(high, fine, order=(1, 0), mode="nearest") * fine
    xx, yy, xy = (gaussian_filter(product, around, mode="nearest") for product in (right**2, down**2, right * down))
    square = xx + yy
    coherence = np.hypot(xx - yy, 2 * xy) / (square + NOISE**2 / 4)
    weight = coherence**3 * square / (square + NOISE**2) / (1 + square**2 / EDGE**4)
    return -np.degrees(0.5 * np.arctan2(2 * xy, xx - yy)), weight


def _main(votes: Doubles) -> float:
    """Return the direction around which most votes lie, among those that rain can have."""
    allowed = np.abs(CENTRES) <= STEEPEST
    angle = float(CENTRES[allowed][np.argmax(votes[allowed])])
    for _ in range(3):  # the mean around the mode, moved along with it
        near = np.abs(CENTRES - angle) <= WINDOW
        excess = np.maximum(votes[near] - np.median(votes), 0)
        if excess.sum() > 0:
            angle = float(excess @ CENTRES[near] / excess.sum())
    return float(np.clip(angle, -STEEPEST, STEEPEST))
