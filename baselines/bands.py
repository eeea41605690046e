"""Photographs of any size in bounded memory, band by band, for networks that see no farther than their reach."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch import Tensor

__all__ = ["BAND", "in_bands"]

BAND = 2_000_000
"""Pixels of a band: enough for its margins, which are as wide as the network's reach, to be a small part."""


def in_bands(
    network: Callable[[Tensor], Tensor], rainy: Tensor, *, reach: int, multiple: int = 1, band: int = BAND
) -> Tensor:
    """Run a network of finite reach over an image band by band: what the whole image gives, up to float rounding.

    Args:
        network: Gives for each pixel something that depends on nothing farther than ``reach``; pads by itself.
        rainy: The image.
        reach: In pixels.
        multiple: Height and width of the image are multiples of this, and bands begin at such.
        band: Pixels of a band without its margins, about.

    Shape:
        rainy: ``(N, 3, H, W)``.
        returns: the same.
    """
    height, width = rainy.shape[-2:]
    margin = -(-reach // multiple) * multiple
    rows = max(-(-band // width // multiple) * multiple, multiple, 2 * margin)
    layer = torch.empty_like(rainy)
    for top in range(0, height, rows):
        bottom = min(top + rows, height)
        above = max(0, top - margin)
        part = network(rainy[..., above : min(bottom + margin, height), :])
        layer[..., top:bottom, :] = part[..., top - above : bottom - above, :]
    return layer
