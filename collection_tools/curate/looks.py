"""What a picture looks like in a few numbers, by which copies and scenes are recognised."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import imagehash
import numpy as np
from PIL import Image

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["detail", "perceptual_hash", "thumbnail"]

_THUMBNAIL_SIDE = 16

_FLAT = 1e-3 * _THUMBNAIL_SIDE
"""Below a deviation of a thousandth of a grey level there is no picture, only rounding."""

_ROWS_AT_ONCE = 512


def perceptual_hash(image: Image.Image) -> npt.NDArray[np.uint8]:
    """Return the signs of the 64 lowest frequencies of a 32 x 32 grey picture.

    Shape:
        returns: uint8 ``(8,)``.
    """
    return np.packbits(imagehash.phash(image).hash.ravel())


def thumbnail(image: Image.Image) -> npt.NDArray[np.float16]:
    """Return a tiny grey picture, zero-mean and of unit length, so that a dot product of two is their correlation.

    It is averaged in floating point: even a night scene of a few grey levels keeps its structure. A flat picture
    gives zeros and so correlates with nothing.

    Shape:
        returns: float16 ``(256,)``.
    """
    rows = [_row(image, number) for number in range(_THUMBNAIL_SIDE)]
    grey = np.concatenate(rows)
    grey -= grey.mean()
    length = float(np.linalg.norm(grey))
    return (grey / length if length > _FLAT else np.zeros_like(grey)).astype(np.float16)


def _row(image: Image.Image, number: int) -> npt.NDArray[np.float64]:
    """Return one row of a thumbnail; a band at a time, for floating point takes four bytes a pixel."""
    top, bottom = (image.height * edge / _THUMBNAIL_SIDE for edge in (number, number + 1))
    first, last = math.floor(top), math.ceil(bottom)
    band = image.crop((0, first, image.width, last)).convert("L").convert("F")
    box = (0, top - first, image.width, bottom - first)
    row = band.resize((_THUMBNAIL_SIDE, 1), Image.Resampling.BOX, box=box)
    return np.asarray(row, dtype=np.float64).ravel()


def detail(grey: npt.NDArray[np.uint8]) -> float:
    """Return how much detail a picture shows: the sum over its pixels of the size of the Laplacian, in grey levels.

    Of two copies the one with more is the sharper: shrinking loses pixels, blurring and strong compression lose
    contrast, and enlarging adds pixels between which nothing happens.

    Shape:
        grey: uint8 ``(H, W)``.
    """
    total = 0
    for top in range(0, len(grey) - 2, _ROWS_AT_ONCE):  # strips, so that 16-bit copies of a large picture stay small
        rows = grey[top : top + _ROWS_AT_ONCE + 2].astype(np.int16)
        inner = rows[1:-1, 1:-1]
        laplacian = rows[:-2, 1:-1] + rows[2:, 1:-1] + rows[1:-1, :-2] + rows[1:-1, 2:] - 4 * inner
        total += int(np.abs(laplacian).sum(dtype=np.int64))
    return float(total)
