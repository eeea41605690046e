"""Checks of the picture's rim: bars around it, and a grey area where a file was cut off."""

from __future__ import annotations

from itertools import takewhile
from typing import TYPE_CHECKING

import numpy as np

from collection_tools.curate.checks.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from collection_tools.curate.checks.photo import Photo
    from collection_tools.curate.recipe import Recipe

    Grey = npt.NDArray[np.uint8]

__all__ = ["borders", "integrity"]

_FLAT = 4
"""Grey levels by which lossy compression lets a bar vary to either side."""

_RINGING = 8
"""Pixels beside an edge in which compression echoes it: the side of a JPEG block."""

_JUMP = 12
_MOST = 0.6
"""A bar ends in a straight line, beyond which most pixels differ by this much; a white sky or a night ends raggedly."""

_MISSING = 128
_EXACT = 2
"""What decoders put where data are missing: the middle grey, without a grain."""


def integrity(photo: Photo, recipe: Recipe) -> Verdict:
    """Keep what has no plain grey area along a side, as a cut-off JPEG has that a lenient program saved again.

    Files that are cut off or damaged themselves are refused when they are opened. The measure is the part of the
    height or width that is missing.
    """
    measure = max(_missing(side) / len(side) for side in _sides(photo.grey))
    keep = measure <= recipe.integrity.missing
    return Verdict(keep, "" if keep else "ends in plain grey, as if cut off", measure)


def borders(photo: Photo, recipe: Recipe) -> Verdict:
    """Keep what has no bars of one colour along its sides; the measure is their share of the picture's area."""
    height, width = photo.grey.shape
    top, bottom, left, right = (_bar(side) for side in _sides(photo.grey))
    measure = 1 - max(0, height - top - bottom) * max(0, width - left - right) / (height * width)
    keep = measure <= recipe.borders.share
    return Verdict(keep, "" if keep else "has bars along its sides", measure)


def _sides(grey: Grey) -> Iterator[Grey]:
    """Yield the picture as seen from its top, bottom, left and right: the first row is the outermost."""
    yield from (grey, grey[::-1], grey.T, grey.T[::-1])


def _missing(rows: Grey) -> int:
    """Return the number of outer rows of nothing but middle grey."""
    return _leading(rows, _MISSING - _EXACT, _MISSING + _EXACT)


def _bar(rows: Grey) -> int:
    """Return the number of outer rows of one colour, if they end in a straight line; all rows of a plain picture."""
    level = round(float(rows[0].mean()))
    thick = _leading(rows, level - _FLAT, level + _FLAT)
    beyond = thick + _RINGING
    if thick == len(rows):
        return thick
    if thick == 0 or beyond >= len(rows):
        return 0
    return thick if np.mean(np.abs(rows[beyond].astype(np.int16) - level) > _JUMP) >= _MOST else 0


def _leading(rows: Grey, low: int, high: int) -> int:
    """Return how many rows come before the first that has a value outside the bounds.

    >>> _leading(np.array([[7, 8], [8, 7], [7, 9]], np.uint8), 7, 8)
    2
    """
    return sum(1 for _ in takewhile(lambda row: low <= row.min() and row.max() <= high, rows))
