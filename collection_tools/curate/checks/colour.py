"""Check of colour."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from collection_tools.curate.checks.verdict import Verdict
from collection_tools.curate.looks import averaged

if TYPE_CHECKING:
    from collection_tools.curate.checks.photo import Photo
    from collection_tools.curate.recipe import Recipe

__all__ = ["monochrome"]

_SIDE = 256
_COLOURFUL = 0.99


def monochrome(photo: Photo, recipe: Recipe) -> Verdict:
    """Keep what has some colour somewhere; rain and night leave little of it.

    The measure is the difference of the largest and the smallest of red, green and blue, in grey levels, that one
    hundredth of the picture exceeds. It is taken on a copy that is averaged down, because compression and sensor
    noise colour single pixels of grey pictures.
    """
    red, green, blue = np.moveaxis(np.asarray(averaged(photo.opened.image, _SIDE)), 2, 0)
    highest, lowest = (extreme(extreme(red, green), blue) for extreme in (np.maximum, np.minimum))
    chroma = float(np.quantile(highest - lowest, _COLOURFUL))
    keep = chroma >= recipe.monochrome.chroma
    return Verdict(keep, "" if keep else "has no colour", chroma)
