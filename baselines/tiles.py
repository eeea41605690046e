"""Photographs of any size in bounded memory, tile by tile, for networks that see no farther than their reach."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

__all__ = ["SIDE", "in_tiles"]

SIDE = 1408
"""Of a tile, in pixels: with margins as wide as our network's reach it is one of 1536."""


def in_tiles(
    network: Callable[[Tensor], Tensor], rainy: Tensor, *, reach: int, multiple: int = 1, side: int = SIDE
) -> Tensor:
    """Run a network of finite reach over an image tile by tile: what the whole image gives, up to float rounding.

    Args:
        network: Gives for each pixel something that depends on nothing farther than ``reach``; pads by itself.
        rainy: The image.
        reach: In pixels.
        multiple: Height and width of the image are multiples of this, and tiles begin at such.
        side: Of a tile without its margins, about, in pixels.

    Shape:
        rainy: ``(N, 3, H, W)``.
        returns: the same.
    """
    margin = -(-reach // multiple) * multiple
    step = max(-(-side // multiple) * multiple, 2 * margin)
    layer = torch.empty_like(rainy)
    for top, left in product(*(range(0, length, step) for length in rainy.shape[-2:])):
        above, before = max(0, top - margin), max(0, left - margin)
        part = network(rainy[..., above : top + step + margin, before : left + step + margin])
        inner = part[..., top - above :, left - before :][..., :step, :step]
        layer[..., top : top + step, left : left + step] = inner
    return layer
