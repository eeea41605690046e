"""What a picture looks like in a few numbers, by which copies and scenes are recognised."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, NamedTuple

import imagehash
import numpy as np
from PIL import Image

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["Appearance", "appearance", "averaged", "detail"]

_SIDE = 320

_HASHED_SIDE = 32

_THUMBNAIL_SIDE = 16

_FLAT = 1e-3 * _THUMBNAIL_SIDE
"""Below a deviation of a thousandth of a grey level there is no picture, only rounding."""

_ROWS_AT_ONCE = 64


class Appearance(NamedTuple):
    """What a picture looks like, as it is written into tables.

    Attributes:
        hash: The signs of the 64 lowest frequencies of a 32 x 32 grey picture, in hexadecimal digits.
        thumbnail: A tiny grey picture, zero-mean and of unit length, so that a dot product of two is their
            correlation; float16 ``(256,)`` in base 64. A flat picture gives zeros and so correlates with nothing.
    """

    hash: str
    thumbnail: str


def averaged(image: Image.Image, side: int = _SIDE) -> Image.Image:
    """Return a picture averaged down by a whole number, its shorter side ``side`` pixels or less than twice as many."""
    return image.reduce(max(1, min(image.size) // side))


def appearance(small: Image.Image) -> Appearance:
    """Return what a picture looks like.

    Args:
        small: An RGB picture that :func:`averaged` gave: hashing the large one takes ten times longer, and turns a bit
            or two of some hashes.
    """
    grey = small.resize((_HASHED_SIDE, _HASHED_SIDE), Image.Resampling.LANCZOS).convert("L")
    signs = np.packbits(imagehash.phash(grey).hash.ravel())
    return Appearance(signs.tobytes().hex(), base64.b64encode(_thumbnail(small).tobytes()).decode())


def _thumbnail(small: Image.Image) -> npt.NDArray[np.float16]:
    """Average in floating point: even a night scene of a few grey levels keeps its structure."""
    tiny = small.convert("F").resize((_THUMBNAIL_SIDE, _THUMBNAIL_SIDE), Image.Resampling.BOX)
    grey = np.array(tiny, dtype=np.float64).ravel()
    grey -= grey.mean()
    length = float(np.linalg.norm(grey))
    unit: npt.NDArray[np.float64] = grey / length if length > _FLAT else np.zeros_like(grey)
    return unit.astype(np.float16)


def detail(grey: npt.NDArray[np.uint8]) -> float:
    """Return how much detail a picture shows: the sum over its pixels of the size of the Laplacian, in grey levels.

    Of two copies the one with more is the sharper: shrinking loses pixels, blurring and strong compression lose
    contrast, and enlarging adds pixels between which nothing happens.

    Shape:
        grey: uint8 ``(H, W)``.
    """
    total = 0
    for top in range(0, len(grey) - 2, _ROWS_AT_ONCE):  # strips of 16 bits that stay in the processor's cache
        rows = grey[top : top + _ROWS_AT_ONCE + 2].astype(np.int16)
        inner = rows[1:-1, 1:-1]
        laplacian = rows[:-2, 1:-1] + rows[2:, 1:-1]
        for other in (rows[1:-1, :-2], rows[1:-1, 2:], -4 * inner):
            laplacian += other
        total += int(np.abs(laplacian, out=laplacian).sum(dtype=np.int64))
    return float(total)
