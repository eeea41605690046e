"""The veil: rain too far to be seen as streaks greys the picture as haze does.

In a photograph without haze almost every patch has a pixel that is dark in one colour; haze lifts it. The dark channel
is D(x) = min over a patch around x, min over colours, of I/A, where A is the light of the haze, read off the brightest
tenth of a percent of the dark channel. By I = J t + A (1 - t) it estimates 1 - t, t being the transmission (He, Sun
and Tang, "Single Image Haze Removal Using Dark Channel Prior", CVPR 2009, equations 5 and 9 to 12, with ω = 1).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import minimum_filter

from collection_tools.rain.cue import Cue, ramp

if TYPE_CHECKING:
    import numpy.typing as npt

    from collection_tools.rain.view import View

    Floats = npt.NDArray[np.float32]

__all__ = ["veil"]

PATCH = 0.034
"""Side of a patch, in shorter sides; the paper's 15 pixels in pictures of about 440."""

BRIGHTEST = 0.001
"""Share of the pixels that the light of the haze is read off."""

SKY = 0.85
"""From here on the dark channel says sky or white wall, of which the prior says nothing."""


def veil(seen: View) -> Cue:
    """Measure the veil: the median of 1 - t over all that is not sky.

    Its confidence falls with the share of the picture that is sky, and with darkness: at night the light of the haze
    is not the light of the scene.
    """
    if seen.trust == 0:
        return Cue("veil", 0.0, 0.0)
    size = max(3, round(PATCH * seen.unit))
    airlight = _airlight(seen.srgb, size)
    dark = _dark_channel((seen.srgb / np.maximum(airlight, 1e-3)).astype(np.float32, copy=False), size)
    ground = dark[dark < SKY]
    sure = ramp(ground.size / dark.size, 0.1, 0.5) * ramp(float(airlight.mean()), 0.15, 0.5)
    return Cue("veil", float(np.median(ground if ground.size else dark)), seen.trust * sure)


def _dark_channel(srgb: Floats, size: int) -> Floats:
    dark: Floats = minimum_filter(srgb.min(axis=2), size, mode="nearest")
    return dark


def _airlight(srgb: Floats, size: int) -> Floats:
    """Return the light of the haze: the mean colour where the dark channel is brightest.

    Shape:
        returns: ``(3,)``.
    """
    dark = _dark_channel(srgb, size).ravel()
    count = max(1, round(BRIGHTEST * dark.size))
    light: Floats = srgb.reshape(-1, 3)[np.argpartition(dark, -count)[-count:]].mean(axis=0)
    return light
