"""PIQE: how much of what an eye rests on, in blocks of 16 pixels, is damaged or noisy.

Venkatanath, Praneeth, Bh, Channappayya and Medasani, "Blind image quality evaluation using perception based features",
NCC 2015. Luminance is normalised by a Gaussian window. A block with variance is looked at; it is damaged if a stretch
of six pixels along one of its edges is flat, and noisy if its deviation is large beside what its two middle columns and
the others differ by. The score is the mean of what these blocks count for, from 0, good, to 100.

The value is that of pyiqa, which keeps two habits of the MATLAB code: the ninth column counts among the others and the
tenth does not; and a picture whose sides are no multiples of 16 is continued by its mirror image, by the remainder and
not by what is missing. Normalised luminance is pyiqa's bit for bit; the statistics of the blocks are float64.
"""

from __future__ import annotations

import torch
from torch import Tensor

from nlcl_bench.metrics.natural_statistics import blocks_of, luma
from nlcl_bench.metrics.windows import normalised

__all__ = ["piqe"]

_BLOCK, _STRETCH = 16, 6
"""Sides of a block and of a stretch of its edge, in pixels."""

_CENTRE, _SURROUND = (7, 8), (*range(7), 8, *range(10, 16))
"""Columns of a block."""

_ACTIVE = 0.1
"""Variance above which a block is looked at."""

_FLAT = 0.1
"""Deviation below which a stretch is flat."""

_AT_ONCE = 256
"""Blocks that are worked on at a time: half a megabyte."""


def piqe(derained: Tensor, _: Tensor | None = None) -> Tensor:
    """Return the share of damaged and noisy blocks of every image.

    Shape:
        derained: float32 ``(N, 3, H, W)``, in [0, 1], at least 16 pixels a side.
        returns: float64 ``(N,)``, 0 to 100; 100 for a flat image, of which no block is looked at.

    >>> piqe(torch.full((1, 3, 16, 16), 0.5))
    tensor([100.], dtype=torch.float64)
    """
    with torch.no_grad():
        return torch.stack([_score(image) for image in derained.cpu()])


def _score(photo: Tensor) -> Tensor:
    plane = luma(photo)
    levels = (plane / plane.max()).mul_(255).round_()
    blocks = blocks_of(normalised(_mirrored(levels), 7, 7 / 6), _BLOCK)
    sums = torch.stack([_counted(part.double()) for part in torch.split(blocks, _AT_ONCE)]).sum(0)
    return 100 * (sums[0] + 1) / (sums[1] + 1)


def _mirrored(plane: Tensor) -> Tensor:
    """Continue a picture by as many rows and columns as are left over, in a mirror at its border."""
    down, right = (side % _BLOCK for side in plane.shape)
    taller = torch.cat((plane, plane[plane.shape[0] - down :].flip(0)))
    return torch.cat((taller, taller[:, plane.shape[1] - right :].flip(1)), 1)


def _counted(blocks: Tensor) -> Tensor:
    """Return what the blocks count for, ``(B, 16, 16)``, and how many are looked at."""
    variance = _variance(blocks.flatten(1))
    active = variance > _ACTIVE
    distortion = _damaged(blocks) * (1 - variance) + _noisy(blocks, variance.sqrt()) * variance
    return torch.stack((distortion[active].sum(), active.sum()))


def _damaged(blocks: Tensor) -> Tensor:
    """Say of which blocks an edge has a flat stretch, ``(B,)``."""
    edges = torch.stack((blocks[:, 0], blocks[:, -1], blocks[:, :, 0], blocks[:, :, -1]), 1)
    return (_variance(edges.unfold(-1, _STRETCH, 1)) < _FLAT**2).flatten(1).any(-1)


def _noisy(blocks: Tensor, deviation: Tensor) -> Tensor:
    """Say which blocks deviate by twice as much as their centre and surround differ, ``(B,)``."""
    centre, surround = (_variance(blocks[..., columns].flatten(1)) for columns in (_CENTRE, _SURROUND))
    against = (centre / surround).nan_to_num().sqrt()
    return deviation > 2 * (deviation - against).abs() / torch.maximum(deviation, against)


def _variance(rows: Tensor) -> Tensor:
    """Return the variance along the last axis; a fifth of the time of torch's own, and 0 where all are equal."""
    away = rows - rows.mean(-1, keepdim=True)
    return away.square_().sum(-1).div_(rows.shape[-1] - 1)
