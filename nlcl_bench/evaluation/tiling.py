"""Images that do not fit: tiles that overlap, with the seams blended away.

Neighbouring tiles share twice the method's reach and ``BLEND`` pixels. A tile's outermost pixels, as many as the method
reaches, are thrown away, because there the tile did not see its surroundings; over the pixels between, its weight rises
linearly. A method whose output at a pixel depends on nothing farther than its reach therefore gives exactly what it
gives on the whole image. A method with whole-image statistics, such as instance normalisation, does not, and must
declare so.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from nlcl_bench.core.errors import InputError

if TYPE_CHECKING:
    from torch import Tensor

    from nlcl_bench.methods.spec import Derainer, SizeRule

__all__ = ["BLEND", "GRID", "overlap", "smallest_tile", "starts", "tiled"]

BLEND = 32
"""Pixels over which one tile gives way to the next, at least."""

GRID = 16
"""Tiles begin at multiples of this, so that block-based methods see their own grid."""


def overlap(reach: int) -> int:
    """Return how many pixels neighbouring tiles share.

    >>> overlap(16), overlap(60)
    (64, 160)
    """
    return -(-(2 * reach + BLEND) // GRID) * GRID


def smallest_tile(reach: int, size: SizeRule) -> tuple[int, int]:
    """Return the smallest tile for a method, and what the sides of larger ones are multiples of.

    Args:
        reach: Its reach in pixels.
        size: Which sizes it takes.
    """
    grid = math.lcm(GRID, size.multiple_of)
    return -(-max(2 * overlap(reach), size.minimum + grid) // grid) * grid, grid


def starts(length: int, tile: int, shared: int, grid: int = GRID) -> list[int]:
    """Return where tiles begin along one side so that they cover it with at least ``shared`` pixels in common.

    >>> starts(500, 256, shared=64)
    [0, 192, 256]
    >>> starts(200, 256, shared=64)
    [0]
    """
    step = (tile - shared) // grid * grid
    last = max(0, -(-(length - tile) // grid) * grid)
    return [*range(0, last, step), last]


def _ramp(length: int, reach: int, shared: int, *, first: bool, last: bool) -> Tensor:
    """Return one tile's weights along one side: float32 ``(length,)``, in [0, 1]."""
    import torch

    position = torch.arange(length, dtype=torch.float32) + 0.5
    blend = shared - 2 * reach
    rise = ((position - reach) / blend).clamp(0, 1)
    fall = ((length - position - reach) / blend).clamp(0, 1)
    return (torch.ones(length) if first else rise) * (torch.ones(length) if last else fall)


def tiled(derainer: Derainer, rainy: Tensor, tile: int, *, reach: int, size: SizeRule) -> Tensor:
    """Apply a derainer tile by tile and blend.

    Args:
        derainer: The method.
        rainy: The image, of a size that the method takes.
        tile: Side of the tiles in pixels.
        reach: The method's reach in pixels.
        size: Which sizes the method takes.

    Shape:
        rainy: float32 ``(1, 3, H, W)``, in [0, 1].
        returns: the same.

    Raises:
        InputError: The tile is too small or off the grid.
    """
    import torch

    shared, (least, grid) = overlap(reach), smallest_tile(reach, size)
    if tile < least or tile % grid:
        raise InputError(
            f"is no tile size: it must be a multiple of {grid} and at least {least}",
            where=f"--tile {tile}",
            fix=f"try --tile {-(-max(1024, least) // grid) * grid}, or --tile 0 for the whole image",
        )
    height, width = rainy.shape[-2:]
    rows, columns = starts(height, tile, shared, grid), starts(width, tile, shared, grid)
    total = torch.zeros_like(rainy)
    weight = rainy.new_zeros((1, 1, height, width))
    for top in rows:
        for left in columns:
            part = rainy[..., top : top + tile, left : left + tile]
            down = _ramp(part.shape[-2], reach, shared, first=top == 0, last=top == rows[-1]).to(rainy)
            across = _ramp(part.shape[-1], reach, shared, first=left == 0, last=left == columns[-1]).to(rainy)
            mask = down[:, None] * across[None, :]
            total[..., top : top + tile, left : left + tile] += derainer(part.contiguous()) * mask
            weight[..., top : top + tile, left : left + tile] += mask
    return total / weight
