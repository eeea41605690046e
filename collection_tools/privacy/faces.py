"""The faces of one photograph: seen at two scales, tile by tile, and each told once.

The network sees faces of 10 to 400 pixels. So the photograph is scaled to some three megapixels, which shows the small
faces, and to a quarter of those sides, which shows the large ones. One of 12 megapixels is halved, and its faces are
found from about 20 pixels on; a small one is enlarged, up to twice, because that makes the network surer of small faces
and less easily fooled. Tiles bound the memory: beside the scaled picture about 100 MB.

Boxes are decoded as CenterFace was trained, after "Objects as Points" (Zhou, Wang and Krähenbühl, 2019): a cell at row
r and column c of the network's grid, of 4 x 4 pixels each, with offsets (y, x) and logarithms of height and width
(h, w), tells of a face around (4 (r + y + 1/2), 4 (c + x + 1/2)) of 4 exp(h) by 4 exp(w) pixels.

On one machine equal pictures give equal boxes. Processors of another kind may differ in the last digits of a
confidence, and so, rarely, by a pixel.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise, product
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from collection_tools.privacy.model import CELL, STRIDE, network
from nlcl_bench.core.errors import ImageError
from nlcl_bench.data.record import Box

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float32]

__all__ = ["MOST_FACES", "find_faces"]

MOST_FACES = 256
"""More faces than a person can check, or a decision can hold."""

USUAL = 3_000_000
"""Pixels that photographs are scaled to."""

LEAST_SCALE, MOST_SCALE = 0.5, 2.0
"""Bounds of that scaling."""

COARSER = 4
"""The second scale is so much smaller."""

LARGEST_FINE, SMALLEST_COARSE = 256, 24
"""Sides in pixels of the largest face told at the first scale and of the smallest at the second; both see those of 96
to 256."""

TILE, OVERLAP = 640, 128
"""Pixels, at most and at least: every face up to the overlap is whole in one tile."""

ALIKE, INSIDE = 0.3, 0.7
"""From which intersection over union, or share of the weaker box inside the stronger, two boxes are one face."""

LEFT, TOP, RIGHT, BOTTOM, SURE = range(5)


def find_faces(image: Image.Image, least: float) -> tuple[Box, ...]:
    """Find the faces of an upright picture of mode ``RGB``.

    Heads seen from behind are no faces. Faces of stone, of paint and of some animals are.

    Args:
        image: The picture.
        least: The least confidence, in (0, 1], of the boxes that are returned.

    Returns:
        Tight boxes from forehead to chin, inside the picture, sorted from top to bottom and left to right.

    Raises:
        InputError: The extra ``privacy`` is not installed.
        ArtifactError: The network's file is not the pinned one.
        ImageError: There are more than :data:`MOST_FACES`.
    """
    fine = _fine(image)
    near, far = _seen(fine, least), _seen(fine.reduce(COARSER), least)
    far[:, :SURE] *= COARSER
    near, far = near[_side(near) <= LARGEST_FINE], far[_side(far) >= SMALLEST_COARSE * COARSER]
    found = np.concatenate([near, far])
    found[:, :SURE] *= np.tile([image.width / fine.width, image.height / fine.height], 2)
    return _boxes(_distinct(found), image.size)


def scale_of(width: int, height: int) -> float:
    """Return the factor by which a picture is scaled for the first look.

    >>> scale_of(8000, 6000), scale_of(2000, 1500), scale_of(640, 480)
    (0.5, 1.0, 2.0)
    """
    return min(MOST_SCALE, max(LEAST_SCALE, math.sqrt(USUAL / (width * height))))


def _fine(image: Image.Image) -> Image.Image:
    scale = scale_of(*image.size)
    size = (max(1, round(image.width * scale)), max(1, round(image.height * scale)))
    return image if size == image.size else image.resize(size, Image.Resampling.BILINEAR)


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of one axis that a tile covers, and the part of it whose faces the tile tells."""

    start: int
    stop: int
    first: float
    last: float


def spans(side: int) -> list[Span]:
    """Cover an axis with as few stretches as possible, all of one length, overlapping by :data:`OVERLAP` or more.

    >>> [(span.start, span.stop) for span in spans(1500)]
    [(0, 608), (446, 1054), (892, 1500)]
    """
    count = 1 if side <= TILE else math.ceil((side - OVERLAP) / (TILE - OVERLAP))
    length = min(side, STRIDE * math.ceil((side + (count - 1) * OVERLAP) / count / STRIDE))
    starts = [round(number * (side - length) / max(1, count - 1)) for number in range(count)]
    cuts = [-math.inf, *((left + length + right) / 2 for left, right in pairwise(starts)), math.inf]
    parts = zip(starts, pairwise(cuts), strict=True)
    return [Span(start, start + length, first, last) for start, (first, last) in parts]


def _seen(image: Image.Image, least: float) -> Floats:
    """Return what the network tells of a picture.

    Shape:
        returns: float32 ``(N, 5)``: left, top, right, bottom in pixels, confidence in [0, 1].
    """
    return np.concatenate(
        [_seen_in(image, down, across, least) for down, across in product(spans(image.height), spans(image.width))]
    )


def _seen_in(image: Image.Image, down: Span, across: Span, least: float) -> Floats:
    tile = image.crop((across.start, down.start, across.stop, down.stop))
    found = _decoded(np.asarray(tile), least) + np.array([across.start, down.start] * 2 + [0], np.float32)
    y, x = (found[:, TOP] + found[:, BOTTOM]) / 2, (found[:, LEFT] + found[:, RIGHT]) / 2
    ours: Floats = found[(y >= down.first) & (y < down.last) & (x >= across.first) & (x < across.last)]
    return ours


def _decoded(pixels: npt.NDArray[np.uint8], least: float) -> Floats:
    height, width = pixels.shape[:2]
    padded = np.zeros((1, 3, STRIDE * math.ceil(height / STRIDE), STRIDE * math.ceil(width / STRIDE)), np.float32)
    padded[0, :, :height, :width] = pixels.transpose(2, 0, 1)
    centres, sizes, offsets = (of_all[0] for of_all in network()(padded))
    row, column = np.nonzero(centres[0] >= least)
    half = np.exp(sizes[:, row, column]) * (CELL / 2)
    centre = (np.stack([row, column]) + offsets[:, row, column] + 0.5) * CELL
    (top, left), (bottom, right) = centre - half, centre + half
    return np.stack([left, top, right, bottom, centres[0, row, column]], axis=1).astype(np.float32)


def _side(found: Floats) -> Floats:
    longer: Floats = np.maximum(found[:, RIGHT] - found[:, LEFT], found[:, BOTTOM] - found[:, TOP])
    return longer


def _distinct(found: Floats) -> Floats:
    """Keep the surest box of each face, the surest faces first; ties go by place, so that the order is one."""
    rest = found[np.lexsort((*found.T[:SURE], -found[:, SURE]))]
    kept: list[Floats] = []
    while len(rest):
        kept.append(rest[0])
        rest = rest[1:][~_same(rest[0], rest[1:])]
        if len(kept) > MOST_FACES:
            raise ImageError(f"shows more than {MOST_FACES} faces")
    return np.array(kept, np.float32).reshape(-1, 5)


def _same(one: Floats, others: Floats) -> npt.NDArray[np.bool_]:
    common = np.minimum(one[RIGHT:SURE], others[:, RIGHT:SURE]) - np.maximum(one[:RIGHT], others[:, :RIGHT])
    both = np.maximum(common, 0).prod(axis=1)
    own = (others[:, RIGHT:SURE] - others[:, :RIGHT]).prod(axis=1)
    union = own + (one[RIGHT:SURE] - one[:RIGHT]).prod() - both
    same: npt.NDArray[np.bool_] = (both >= ALIKE * union) | (both >= INSIDE * own)
    return same


def _boxes(found: Floats, size: tuple[int, int]) -> tuple[Box, ...]:
    """Round outwards, clip, and leave out what lies outside, in the padding."""
    corners = np.clip(found[:, :SURE], 0, [*size, *size])
    starts, stops = np.floor(corners[:, :RIGHT]).astype(int), np.ceil(corners[:, RIGHT:]).astype(int)
    boxes = (
        Box(left=left, top=top, width=right - left, height=bottom - top, kind="face", confidence=round(sure, 3))
        for (left, top), (right, bottom), sure in zip(
            starts.tolist(), stops.tolist(), found[:, SURE].tolist(), strict=True
        )
        if right > left and bottom > top
    )
    return tuple(sorted(boxes, key=lambda box: (box.top, box.left, box.height, box.width)))
