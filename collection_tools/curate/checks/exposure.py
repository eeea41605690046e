"""Checks of the light: too dark, too bright, or most of the picture lost in black or white."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from collection_tools.curate.checks.verdict import Verdict

if TYPE_CHECKING:
    from collection_tools.curate.checks.photo import Photo
    from collection_tools.curate.recipe import Recipe

__all__ = ["clipping", "exposure"]

_BLACK, _WHITE = 4, 251
"""Grey levels from which on nothing can be told apart: the ends, and what compression makes of them."""


def exposure(photo: Photo, recipe: Recipe) -> Verdict:
    """Keep what is neither dark nor bright all over: the mean grey level decides."""
    mean = float(photo.grey.mean())
    if mean < recipe.exposure.darkest:
        return Verdict(keep=False, reason="is too dark", measure=mean)
    if mean > recipe.exposure.brightest:
        return Verdict(keep=False, reason="is too bright", measure=mean)
    return Verdict(keep=True, measure=mean)


def clipping(photo: Photo, recipe: Recipe) -> Verdict:
    """Keep what is not for the most part black or burnt out; a bright sky and a dark street may be."""
    black = float(np.count_nonzero(photo.grey <= _BLACK)) / photo.grey.size
    white = float(np.count_nonzero(photo.grey >= _WHITE)) / photo.grey.size
    if black > recipe.clipping.black:
        return Verdict(keep=False, reason="is black for the most part", measure=black)
    if white > recipe.clipping.white:
        return Verdict(keep=False, reason="is burnt out for the most part", measure=white)
    return Verdict(keep=True, measure=max(black, white))
