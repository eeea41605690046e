"""The light: day or night, and how grey.

Brightness alone tells dark from bright *pictures*. A night street exposed for long is bright and a black studio
background dark; where the capture time is known it is the better witness.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from collection_tools.rain.cue import Cue, ramp

if TYPE_CHECKING:
    from collection_tools.rain.view import View

__all__ = ["greyness", "night"]

NIGHT, DAY = 0.12, 0.32
"""Median luma of what is surely dark and surely bright: an exposed mid grey is 0.46."""

COLOURLESS = 0.02
"""A mean chroma below this is a black and white photograph, whose greyness says nothing of the weather."""


def night(seen: View) -> Cue:
    """Measure darkness, from 0 in daylight to 1 at night, by the median of the luma.

    The confidence is 0 half way and 1 at both ends.
    """
    dark = ramp(float(np.median(seen.luma)), DAY, NIGHT) if seen.trust else 0.0
    return Cue("night", dark, seen.trust * abs(2 * dark - 1))


def greyness(seen: View) -> Cue:
    """Measure how little colour the light has: 1 minus the mean chroma, chroma being max - min over R, G and B.

    Under a rainy sky light is diffuse and the veil takes colour away, but a grey house is grey in the sun, too.
    """
    chroma = float((seen.srgb.max(axis=2) - seen.srgb.min(axis=2)).mean())
    sure = seen.trust * ramp(chroma, COLOURLESS / 2, COLOURLESS)
    return Cue("greyness", 1 - chroma if sure else 0.0, sure)
