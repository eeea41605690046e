"""Drops on the lens or on a window: small round patches whose sharpness differs from all that is around them.

Focused on the scene, a drop close to the lens is a blurred disc in a sharp picture; focused on the glass, drops are
sharp discs before a blurred scene. Either way the local sharpness

    S = local mean of |luma - blurred luma|

jumps at their rim. Patches where |log2 S - its surroundings| exceeds a threshold are kept if they are compact: area
within bounds, close to the ellipse of their second moments, and that ellipse close to a circle (region moments as in
Haralick and Shapiro, "Computer and Robot Vision I", 1992, chapter 3). The idea of finding raindrops as round regions
of unusual blur is that of Roser and Geiger, "Video-based raindrop detection for improved image registration", ICCV
workshops 2009, without their model of a drop's refraction.

This is the weakest measure of all: leaves, windows and faces are compact patches, too. Of sharp drops on windows it
finds dozens; a wet windscreen whose drops run together it misses; blurred drops were only ever laid on by a program.
So its confidence never exceeds :data:`CEILING`, and a few drops mean nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import gaussian_filter
from skimage.measure import label, regionprops

from collection_tools.rain.cue import Cue, ramp

if TYPE_CHECKING:
    import numpy.typing as npt

    from collection_tools.rain.view import View

    Floats = npt.NDArray[np.float32]

__all__ = ["CEILING", "drops"]

CEILING = 0.5
"""The highest confidence."""

FEW, MANY = 15, 45
"""So many patches are found in many a photograph without a drop, and so many in hardly any."""

FINE, PATCH, AROUND = 0.004, 0.006, 0.06
"""Standard deviations in shorter sides: of detail, of a patch, of its surroundings."""

JUMP = 1.5
"""Sharper or softer than around by a factor of 2.8."""

SMALLEST, LARGEST = 0.018, 0.14
"""Diameters of drops in shorter sides."""

ROUND = 0.6
"""Smallest ratio of the axes."""

FULL = 0.9
"""Smallest ratio of the area to that of the convex hull."""

NOISE = 0.002
"""Sharpness, in luma, of a patch without detail."""


def drops(seen: View) -> Cue:
    """Measure the share of the picture that drop-like patches cover, in [0, 1]."""
    if seen.trust == 0:
        return Cue("drops", 0.0, 0.0)
    jump = _jump(seen.luma, seen.unit)
    areas = [area for mask in (jump > JUMP, jump < -JUMP) for area in _round_areas(mask, seen.unit)]
    sure = CEILING * seen.trust * ramp(len(areas), FEW, MANY)
    return Cue("drops", float(sum(areas)) / seen.luma.size, sure)


def _jump(luma: Floats, unit: int) -> Floats:
    """Return by how many powers of two each place is sharper than its surroundings."""
    detail = np.abs(luma - gaussian_filter(luma, FINE * unit, mode="nearest"))
    sharp = np.log2(gaussian_filter(detail, PATCH * unit, mode="nearest") + NOISE)
    jump: Floats = sharp - gaussian_filter(sharp, AROUND * unit, mode="nearest")
    return jump


def _round_areas(mask: npt.NDArray[np.bool_], unit: int) -> list[float]:
    low, high = (np.pi / 4 * (diameter * unit) ** 2 for diameter in (SMALLEST, LARGEST))
    regions = (region for region in regionprops(label(mask)) if low <= region.area <= high)
    return [
        float(region.area)
        for region in regions
        if region.axis_minor_length >= ROUND * region.axis_major_length and region.solidity >= FULL
    ]
