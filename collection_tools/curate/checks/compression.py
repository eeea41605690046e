"""Check of lossy compression."""

from __future__ import annotations

import io
import warnings
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from collection_tools.curate.checks.verdict import Verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from collection_tools.curate.checks.photo import Photo
    from collection_tools.curate.recipe import Recipe

__all__ = ["jpeg"]

# Luminance, ITU-R T.81, table K.1: quality 50 of the Independent JPEG Group's library, by whose scale all others go.
_LUMINANCE = np.array(
    [
        *(16, 11, 10, 16, 24, 40, 51, 61, 12, 12, 14, 19, 26, 58, 60, 55),
        *(14, 13, 16, 24, 40, 57, 69, 56, 14, 17, 22, 29, 51, 87, 80, 62),
        *(18, 22, 37, 56, 68, 109, 103, 77, 24, 35, 55, 64, 81, 104, 113, 92),
        *(49, 64, 78, 87, 103, 121, 120, 101, 72, 92, 95, 98, 112, 100, 103, 99),
    ]
)


def jpeg(photo: Photo, recipe: Recipe) -> Verdict:
    """Keep JPEG files that were compressed gently, and all other files."""
    if photo.row.format != "JPEG":
        return Verdict(keep=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of sizes; it was decoded before, and here only the header is read
        with Image.open(io.BytesIO(photo.opened.published), formats=("JPEG",)) as image:
            tables: dict[int, Sequence[int]] = getattr(image, "quantization", {})
    quality = _quality(tables[min(tables)]) if tables else 0
    keep = quality >= recipe.jpeg.quality
    return Verdict(keep, "" if keep else f"JPEG quality under {recipe.jpeg.quality}", float(quality))


def _quality(table: Sequence[int]) -> int:
    """Return the quality, 1 to 100, whose table for luminance has the sum that is nearest to this one's.

    The sum stands for tables of other makers, too, and does not depend on the order of the entries.

    >>> _quality(_LUMINANCE.tolist()), _quality([1] * 64)
    (50, 100)
    """
    return 1 + int(np.argmin(np.abs(_SUMS - sum(table))))


def _sum(quality: int) -> int:
    """Return the sum of the IJG table for a quality."""
    percent = 5000 // quality if quality < 50 else 200 - 2 * quality  # noqa: PLR2004 (the middle of the scale)
    return int(np.clip((_LUMINANCE * percent + 50) // 100, 1, 255).sum())


_SUMS = np.array([_sum(quality) for quality in range(1, 101)])
