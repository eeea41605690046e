"""The blurred picture: what is in the boxes is replaced by a few colours, and nothing else is touched.

A box is cut into at most :data:`CELLS` cells along its longer side. All that is kept of a cell is its mean colour; the
box is then filled smoothly between the means. So of a face, margins included, no more than 4 x 4 colours are left, 48
bytes: about 3 x 3 for the face itself. People recognise the famous from a dozen pixels across (Sinha, Balas, Ostrovsky
and Russell, "Face recognition by humans: nineteen results all computer vision researchers should know about", 2006),
and networks trained on mosaics of people they know recognise many of them (McPherson, Shokri and Shmatikov, "Defeating
image obfuscation with deep learning", 2016): hence so few, and means rather than a blur, which keeps what a
deconvolution can bring back. What nobody can take away is what is around the box: clothes, place and company tell of
people, too.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from nlcl_bench.core.errors import ImageError
from nlcl_bench.core.images import encode_png

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from nlcl_bench.data.record import Box

__all__ = ["CELLS", "blurred", "blurred_png", "share", "with_margins"]

CELLS = 4
"""Cells along the longer side of a box, at most."""

LEAST_CELL = 8
"""Pixels along the longer side of a cell, at least: small boxes have fewer cells."""

MARGINS: Mapping[str, float] = {"face": 0.25, "plate": 0.15, "other": 0.0}
"""What is added on each side, in longer sides: a detector's boxes leave out hair, ears and half of a turned head."""


def with_margins(boxes: Iterable[Box], size: tuple[int, int]) -> tuple[Box, ...]:
    """Return tight boxes with the margins of their kinds, clipped to a picture of ``size`` (columns, rows), sorted.

    These are the boxes to blur and to record; they get no margins a second time.

    Raises:
        ImageError: A box lies wholly outside the picture.
    """
    return tuple(sorted({with_margin(box, size) for box in boxes}, key=_place))


def share(boxes: Iterable[Box], size: tuple[int, int]) -> float:
    """Return which part of a picture of ``size`` (columns, rows) lies in boxes; overlaps count once.

    >>> from nlcl_bench.data.record import Box
    >>> half = Box(left=0, top=0, width=5, height=8, kind="other")
    >>> share([half, half], (10, 8))
    0.5
    """
    inside = np.zeros((size[1], size[0]), bool)
    for box in boxes:
        inside[box.top : box.top + box.height, box.left : box.left + box.width] = True
    return float(inside.mean())


def blurred(image: Image.Image, boxes: Iterable[Box]) -> Image.Image:
    """Return a copy in which what is in the boxes is unrecognisable, and every other pixel is as it was.

    Args:
        image: An upright picture of mode ``RGB``.
        boxes: What to hide, margins included, inside the picture; their order does not matter.
    """
    copy = image.copy()
    copy.info = {}  # Pillow would write a profile or comment that is left here
    for box in sorted(boxes, key=_place):  # each sees what those before it left: no face is averaged in two ways
        copy.paste(_veiled(copy.crop(_corners(box))), _corners(box))
    return copy


def blurred_png(image: Image.Image, boxes: Iterable[Box]) -> bytes:
    """Return the blurred picture as a PNG file without metadata; see :func:`blurred`.

    PNG keeps every pixel outside the boxes as it was; compressing a JPEG again would not.
    """
    return encode_png(blurred(image, boxes))


def with_margin(box: Box, size: tuple[int, int]) -> Box:
    """Return a box with the margin of its kind, clipped to a picture of ``size`` (columns, rows).

    >>> from nlcl_bench.data.record import Box
    >>> wide = with_margin(Box(left=10, top=0, width=40, height=60, kind="face"), (60, 100))
    >>> wide.left, wide.top, wide.width, wide.height
    (0, 0, 60, 75)

    Raises:
        ImageError: The box lies wholly outside.
    """
    margin = math.ceil(MARGINS[box.kind] * max(box.width, box.height))
    left, top = max(0, box.left - margin), max(0, box.top - margin)
    right, bottom = min(size[0], box.left + box.width + margin), min(size[1], box.top + box.height + margin)
    if box.left >= size[0] or box.top >= size[1]:
        raise ImageError(f"a box to blur at column {box.left}, row {box.top} lies outside the picture")
    return box.model_copy(update={"left": left, "top": top, "width": right - left, "height": bottom - top})


def _veiled(part: Image.Image) -> Image.Image:
    """Keep the mean colour of each cell, and go smoothly from one to the next.

    The sums are whole numbers, so the mean tells nothing of where in the cell a colour was.
    """
    cell = max(LEAST_CELL, max(part.size) / CELLS)
    columns, rows = (max(1, math.floor(side / cell)) for side in part.size)
    across, down = (np.arange(count) * side // count for count, side in ((columns, part.width), (rows, part.height)))
    sums = np.add.reduceat(np.add.reduceat(np.asarray(part), down, axis=0, dtype=np.int64), across, axis=1)
    pixels = np.outer(np.diff(down, append=part.height), np.diff(across, append=part.width))
    means = np.rint(sums / pixels[:, :, None]).astype(np.uint8)
    return Image.fromarray(means).resize(part.size, Image.Resampling.BILINEAR)


def _place(box: Box) -> tuple[int, int, int, int, str, float]:
    return box.top, box.left, box.height, box.width, box.kind, box.confidence or 0.0


def _corners(box: Box) -> tuple[int, int, int, int]:
    return box.left, box.top, box.left + box.width, box.top + box.height
