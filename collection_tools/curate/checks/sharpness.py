"""Check of sharpness, which a veil of rain does not lower."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collection_tools.curate.checks.spectrum import decibels
from collection_tools.curate.checks.verdict import Verdict

if TYPE_CHECKING:
    from collection_tools.curate.checks.photo import Photo
    from collection_tools.curate.recipe import Recipe

__all__ = ["sharpness"]

_COARSE, _FINE = slice(3, 7), slice(13, 20)
"""Where contrast and where sharpness are measured, in 64ths of a cycle per pixel: details of 11 to 21 and of 3.4 to 5
pixels."""


def sharpness(photo: Photo, recipe: Recipe) -> Verdict:
    """Keep what has fine detail somewhere.

    The measure is the power of fine details over that of coarser ones, in decibels. Far rain takes contrast from both
    alike and does not change it; a blur takes it from the fine ones. High contrast counts most, so that one sharp
    thing before a soft background is enough.
    """
    power = photo.spectrum
    if power is None:
        return Verdict(keep=True)
    measure = decibels(power[_FINE]) - decibels(power[_COARSE])
    keep = measure >= recipe.sharpness.fine
    return Verdict(keep, "" if keep else "is blurred", measure)
