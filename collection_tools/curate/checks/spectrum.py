"""How much detail of which fineness a picture holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import fft

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["TILE", "decibels", "spectrum"]

TILE = 64
"""Side of the tiles of which spectra are taken, in pixels; a smaller picture has no spectrum."""

_TILES = 16
"""Tiles along a side, at most: a megapixel of a large photograph, spread evenly over it."""

_ROUNDING = 1 / 12
"""Power of what rounding to whole grey levels adds; nothing smaller can be measured."""


def spectrum(grey: npt.NDArray[np.uint8]) -> npt.NDArray[np.float64] | None:
    """Return the mean power spectrum of evenly spread tiles at full size; None below one tile.

    Entry k is the mean over the frequencies of k / 64 cycles per pixel in the direction, across or down, in which
    they are higher. So it tells how much detail there is that a picture of 2k / 64 of this size would not hold.

    Shape:
        grey: uint8 ``(H, W)``.
        returns: float64 ``(33,)``.
    """
    if min(grey.shape) < TILE:
        return None
    rows, columns = (_starts(length) for length in grey.shape)
    tiles = np.stack([grey[y : y + TILE, x : x + TILE] for y in rows for x in columns]).astype(np.float32)
    tiles -= tiles.mean(axis=(1, 2), keepdims=True)
    window = np.hanning(TILE + 2)[1:-1].astype(np.float32)
    waves = fft.rfft2(tiles * np.outer(window, window))
    power = (waves.real**2 + waves.imag**2).mean(axis=0, dtype=np.float64)
    across, down = np.arange(TILE // 2 + 1), np.abs(fft.fftfreq(TILE, 1 / TILE)).astype(np.int64)
    twice = np.where(across % (TILE // 2) == 0, 1.0, 2.0)  # the other half of the plane is the mirror image of this one
    ring, share = np.maximum(down[:, None], across).ravel(), np.tile(twice, TILE)
    total: npt.NDArray[np.float64] = np.bincount(ring, share * power.ravel()) / np.bincount(ring, share)
    return total / float(window @ window) ** 2


def _starts(length: int) -> list[int]:
    """Return where tiles begin along a side: evenly from end to end.

    >>> _starts(64), _starts(200)
    ([0], [0, 68, 136])
    """
    count = min(_TILES, length // TILE)
    return [round(start) for start in np.linspace(0, length - TILE, count).tolist()]


def decibels(power: npt.NDArray[np.float64]) -> float:
    """Return the mean power as a level; 0 is a squared grey level.

    >>> round(decibels(np.array([50.0, 150.0])), 1)
    20.0
    """
    return 10 * float(np.log10(max(power.mean(), _ROUNDING)))
