"""Check of enlargement, by the two traces that interpolation leaves.

An enlarged picture has little detail above the highest frequency of the one it was made from: its spectrum falls
steeply there. That alone is also true of soft lenses. But interpolated pixels lie at ever other distances from the
original ones, and so differ more and less from their neighbours with the period of the original pixels (Gallagher,
"Detection of linear and cubic interpolation in JPEG compressed images", CRV 2005).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy.ndimage import uniform_filter1d

from collection_tools.curate.checks.spectrum import decibels
from collection_tools.curate.checks.verdict import Verdict

if TYPE_CHECKING:
    import numpy.typing as npt

    from collection_tools.curate.checks.photo import Photo
    from collection_tools.curate.recipe import Recipe

__all__ = ["upscaling"]

_FALL = 4 / 3
_ABOUT = 1.12
_KNEES = range(8, 16)
"""The fall is measured from each of these frequencies, in 64ths of a cycle per pixel, give or take an eighth, to one
that is a third higher: where the spectra of pictures enlarged by 1.5 and more break off."""

_LINES = 512
"""Rows, and columns, that are looked at for a period, about."""

_LONGEST = 512
"""A period is sought in stretches of so many pixels, so that a large photograph does not show more of it."""

_LOWEST = 0.3
"""Frequencies of a period from here to 0.5 per pixel: enlargements by 1.5 to 3.3, and higher ones by overtones."""

_DOUBLED = 11.0
"""How much more is asked of a period of two pixels, in decibels: JPEG blocks and the colour filters of sensors have it
too. That of three eighths, which is of JPEG blocks alone, is passed over."""


def upscaling(photo: Photo, recipe: Recipe) -> Verdict:
    """Keep what was not enlarged by a half or more; an enlargement shows both traces.

    The measure is the strength of the period over what is around it, in decibels, in the direction in which it is
    weaker.
    """
    power = photo.spectrum
    if power is None:
        return Verdict(keep=True)
    period = min(_period(lines) for lines in (photo.grey, photo.grey.T))
    keep = _fall(power) <= recipe.upscaling.fall or period <= recipe.upscaling.period
    return Verdict(keep, "" if keep else "is enlarged from a smaller picture", period)


def _fall(power: npt.NDArray[np.float64]) -> float:
    """Return the steepest fall of a spectrum, in decibels."""
    return max(_level(power, knee) - _level(power, _FALL * knee) for knee in _KNEES)


def _level(power: npt.NDArray[np.float64], frequency: float) -> float:
    return decibels(power[int(np.ceil(frequency / _ABOUT)) : int(frequency * _ABOUT) + 1])


def _period(rows: npt.NDArray[np.uint8]) -> float:
    """Return how strongly neighbours along the rows differ more and less with a period, in decibels."""
    some = rows[:: (len(rows) // _LINES) | 1].astype(np.int16)  # odd steps fall on all rows of JPEG blocks
    strength = np.log(np.abs(np.diff(some, axis=1)).mean(axis=0) + _FAINT)
    strength -= uniform_filter1d(strength, 9)
    length = min(len(strength), _LONGEST)
    window = np.hanning(length + 2)[1:-1]
    starts = np.linspace(0, len(strength) - length, -(-len(strength) // length)).round().astype(int)
    power = np.mean([np.abs(np.fft.rfft(strength[start : start + length] * window)) ** 2 for start in starts], axis=0)
    frequency = np.arange(len(power)) / length
    around = float(np.median(power[frequency > _LOWEST])) + _FAINT**2
    double, eighths = (np.abs(frequency - line) <= 2 / length for line in (1 / 2, 3 / 8))
    single = (frequency > _LOWEST) & ~double & ~eighths
    return max(_ratio(power[single], around), _ratio(power[double], around) - _DOUBLED)


def _ratio(power: npt.NDArray[np.float64], around: float) -> float:
    """Return the highest power over that around it, in decibels, from 0."""
    return 10 * float(np.log10(max(1.0, power.max() / around)))


_FAINT = 1e-2
"""Less than this is rounding, not a difference of neighbours."""
