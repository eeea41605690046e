"""How far colours moved: CIEDE2000 between output and input, both low-passed outside the rain.

CIEDE2000 (Sharma, Wu and Dalal, "The CIEDE2000 color-difference formula", Color Research and Application 30, 2005) is
defined for uniform patches seen side by side, not for pixels of a texture: on pixels it would mostly measure what
became of streaks, edges and noise, which other measures do, and better. Low-passed, thin streaks, noise and sharpness
average out, and what stays is what an eye calls another colour or another brightness. The mean is taken in linear light
(CIE XYZ), as light mixes, and over the pixels outside the rain mask alone, so that the brightness that goes with the
streaks is no shift. A veil that is taken away is one, though: nothing tells it from a fault.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage
from skimage.color import deltaE_ciede2000, rgb2xyz, xyz2lab

from nlcl_bench.metrics.pictures import luma
from nlcl_bench.metrics.streaks import rain_angle, rain_mask

if TYPE_CHECKING:
    import numpy.typing as npt

    Plane = npt.NDArray[np.float64]

__all__ = ["colour_shift"]

_LOW = 8.0
"""Standard deviation of the low-pass, in pixels."""

_STEP = 4
"""One pixel of so many each way is compared: there is nothing finer after the low-pass."""


def colour_shift(derained: Plane, rainy: Plane) -> float:
    """Return the mean colour difference to the input in CIEDE2000 units: 0 is none, 1 is just seen.

    Shape:
        derained, rainy: float64 ``(H, W, 3)``, sRGB, in [0, 1].
    """
    before = luma(rainy)
    outside = (~rain_mask(before, rain_angle(before))).astype(np.float64)
    share = ndimage.gaussian_filter(outside, _LOW, mode="nearest")
    seen = share[::_STEP, ::_STEP] > 0.01  # noqa: PLR2004 (elsewhere the nearest pixel outside the rain is too far)
    if not seen.any():
        return float("nan")
    one, other = (_colours(picture, outside, share) for picture in (derained, rainy))
    return float(deltaE_ciede2000(one, other)[seen].mean())


def _colours(picture: Plane, outside: Plane, share: Plane) -> Plane:
    """Return the low-passed colours in CIELAB (D65), of every fourth pixel each way."""
    light = ndimage.gaussian_filter(rgb2xyz(picture) * outside[..., None], (_LOW, _LOW, 0), mode="nearest")
    low = light[::_STEP, ::_STEP] / np.maximum(share, 1e-12)[::_STEP, ::_STEP, None]
    colours: Plane = xyz2lab(low)
    return colours
