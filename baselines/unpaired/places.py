"""Places of feature maps that the patch contrasts compare."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor, nn

__all__ = ["draw_places", "projected"]


def draw_places(maps: Sequence[Tensor], count: int, chance: torch.Generator) -> list[Tensor]:
    """Draw places of each map, none twice: two of the same would be each other's negatives.

    Args:
        maps: One ``(N, C_l, h, w)`` per layer.
        count: How many, at most: a small map may have fewer.
        chance: What is random.

    Returns:
        One int64 ``(S_l,)`` per layer, which counts along rows; the same places for all images of a batch.

    >>> [sorted(places.tolist()) for places in draw_places([torch.zeros(1, 5, 1, 3)], 9, torch.Generator())]
    [[0, 1, 2]]
    """
    return [torch.randperm(map_.shape[2] * map_.shape[3], generator=chance)[:count].to(map_.device) for map_ in maps]


def projected(heads: nn.Module, maps: Sequence[Tensor], places: Sequence[Tensor]) -> list[Tensor]:
    """Return the projected features at places of each map, one ``(N, S_l, D)`` of length 1 per layer."""
    picked = [map_.flatten(2)[:, :, place].transpose(1, 2) for map_, place in zip(maps, places, strict=True)]
    return [vectors.float() for vectors in heads(picked)]
