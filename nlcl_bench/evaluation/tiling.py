"""Images that do not fit: tiles that overlap, with the seams blended away.

Neighbouring tiles share ``OVERLAP`` pixels. A tile's outer quarter of them is thrown away, because there the tile
did not see its surroundings; over the inner half its weight rises linearly. A method whose output at a pixel depends
on nothing farther than ``OVERLAP / 4`` pixels therefore gives exactly what it gives on the whole image. A method with
whole-image statistics, such as instance normalisation, does not, and must declare so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlcl_bench.core.errors import InputError

if TYPE_CHECKING:
    from torch import Tensor

    from nlcl_bench.methods.spec import Derainer

__all__ = ["GRID", "OVERLAP", "starts", "tiled"]

OVERLAP = 64
"""Pixels that neighbouring tiles share."""

GRID = 16
"""Tiles begin at multiples of this, so that block-based methods see their own grid."""


def starts(length: int, tile: int) -> list[int]:
    """Return where tiles begin along one side so that they cover it with at least ``OVERLAP`` pixels shared.

    >>> starts(500, 256)
    [0, 192, 256]
    >>> starts(200, 256)
    [0]
    """
    step = (tile - OVERLAP) // GRID * GRID
    last = max(0, -(-(length - tile) // GRID) * GRID)
    return [*range(0, last, step), last]


def _ramp(length: int, *, first: bool, last: bool) -> Tensor:
    """Return one tile's weights along one side: float32 ``(length,)``, in (0, 1]."""
    import torch

    position = torch.arange(length, dtype=torch.float32) + 0.5
    quarter, half = OVERLAP / 4, OVERLAP / 2
    rise = ((position - quarter) / half).clamp(0, 1)
    fall = ((length - position - quarter) / half).clamp(0, 1)
    return (torch.ones(length) if first else rise) * (torch.ones(length) if last else fall)


def tiled(derainer: Derainer, rainy: Tensor, tile: int) -> Tensor:
    """Apply a derainer tile by tile and blend.

    Args:
        derainer: The method.
        rainy: The image.
        tile: Side of the tiles in pixels, a multiple of ``GRID`` of at least ``2 * OVERLAP``.

    Shape:
        rainy: float32 ``(1, 3, H, W)``, in [0, 1].
        returns: the same.

    Raises:
        InputError: The tile is too small or off the grid.
    """
    import torch

    if tile < 2 * OVERLAP or tile % GRID:
        raise InputError(
            f"is no tile size: it must be a multiple of {GRID} and at least {2 * OVERLAP}",
            where=f"--tile {tile}",
            fix="try --tile 1024, or --tile 0 for the whole image",
        )
    height, width = rainy.shape[-2:]
    rows, columns = starts(height, tile), starts(width, tile)
    total = torch.zeros_like(rainy)
    weight = rainy.new_zeros((1, 1, height, width))
    for top in rows:
        for left in columns:
            part = rainy[..., top : top + tile, left : left + tile]
            down = _ramp(part.shape[-2], first=top == 0, last=top == rows[-1]).to(rainy)
            across = _ramp(part.shape[-1], first=left == 0, last=left == columns[-1]).to(rainy)
            mask = down[:, None] * across[None, :]
            total[..., top : top + tile, left : left + tile] += derainer(part.contiguous()) * mask
            weight[..., top : top + tile, left : left + tile] += mask
    return total / weight
