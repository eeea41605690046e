"""Check of colour."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from collection_tools.curate.checks.verdict import Verdict

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
    image = photo.opened.image
    factor = max(1, min(image.size) // _SIDE)
    small = np.asarray(image.reduce(factor) if factor > 1 else image)
    chroma = float(np.quantile(small.max(axis=2) - small.min(axis=2), _COLOURFUL))
    keep = chroma >= recipe.monochrome.chroma
    return Verdict(keep, "" if keep else "has no colour", chroma)
