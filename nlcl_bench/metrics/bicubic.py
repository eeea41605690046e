"""Bicubic resizing as MATLAB's imresize does it, in the float32 arithmetic on which published implementations agree.

A smaller picture is one for which the kernel is as much wider. The fits of :mod:`nlcl_bench.metrics.natural_statistics`
see the last bit of a sky that is all one value, so the sums here are taken in a fixed order, whatever the number of
threads or the width of a vector: the taps of a pixel one after the other, sixteen at a time. A few output rows at a
time stay in the processor's cache, and no copy of the picture per tap is ever made.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

__all__ = ["halved", "resized"]

_TOGETHER = 16
"""Taps that are summed before they are added to the others."""

_IN_CACHE = 1 << 18
"""Numbers that are worked on at a time: a megabyte."""


def resized(planes: Tensor, size: tuple[int, int]) -> Tensor:
    """Resize planes by Keys' cubic convolution (IEEE TASSP 29(6), 1981; a = -1/2), borders mirrored.

    Args:
        planes: What is resized.
        size: Height and width of the result.

    Shape:
        planes: float32 ``(C, H, W)``.
        returns: float32 ``(C, *size)``; values may leave the input's range.

    >>> resized(torch.tensor([[[0.0, 1.0], [2.0, 3.0]]]), (1, 1))
    tensor([[[1.5000]]])
    """
    scales = (size[0] / planes.shape[1], size[1] / planes.shape[2])
    return _scaled(planes, size, scales)


def halved(planes: Tensor) -> Tensor:
    """Resize planes to half their size; an odd side becomes half a pixel longer, and its pixels still lie 2 apart.

    Shape:
        planes: float32 ``(C, H, W)``.
        returns: float32 ``(C, ceil(H / 2), ceil(W / 2))``.

    >>> halved(torch.ones(1, 3, 4)).round(decimals=6)
    tensor([[[1., 1.],
             [1., 1.]]])
    """
    height, width = (-(-side // 2) for side in planes.shape[1:])
    return _scaled(planes, (height, width), (0.5, 0.5))


def _scaled(planes: Tensor, size: tuple[int, int], scales: tuple[float, float]) -> Tensor:
    upright = _rows(planes.contiguous(), size[0], scales[0])  # pixels whose colours lie side by side are picked slowly
    return _rows(upright.transpose(1, 2).contiguous(), size[1], scales[1]).transpose(1, 2)


def _rows(planes: Tensor, height: int, scale: float) -> Tensor:
    """Resize along the rows' direction, ``(C, H, W)`` to ``(C, height, W)``."""
    channels, before, width = planes.shape
    if scale == 1:
        return planes
    source, weights = _taps(before, height, scale)
    out = planes.new_empty(channels, height, width)
    step = max(1, _IN_CACHE // (channels * width))
    for start in range(0, height, step):
        rows = slice(start, start + step)
        out[:, rows] = _weighted(planes, source[:, rows], weights[:, rows])
    return out


def _weighted(planes: Tensor, source: Tensor, weights: Tensor) -> Tensor:
    """Return sums of source rows, each with its weight; ``source`` and ``weights`` are ``(taps, rows)``."""
    total = planes.new_zeros(planes.shape[0], source.shape[1], planes.shape[2])
    rest = len(source) % _TOGETHER
    whole = len(source) - rest
    for start in range(0, whole, _TOGETHER):
        total += _in_turn(planes, source[start : start + _TOGETHER], weights[start : start + _TOGETHER])
    return total + _in_turn(planes, source[whole:], weights[whole:]) if rest else total


def _in_turn(planes: Tensor, source: Tensor, weights: Tensor) -> Tensor:
    total = planes.new_zeros(planes.shape[0], source.shape[1], planes.shape[2])
    for rows, weight in zip(source, weights, strict=True):
        total += planes.index_select(1, rows).mul_(weight[:, None])
    return total


def _taps(before: int, after: int, scale: float) -> tuple[Tensor, Tensor]:
    """Return which rows each new row is made of, and with which weights.

    Shape:
        returns: int64 and float32 ``(taps, after)``.
    """
    spread = min(scale, 1.0)
    taps = math.ceil(4 / spread) + 2
    centre = (torch.arange(after, dtype=torch.float32) + 0.5) / scale - 0.5
    first = centre.floor() - taps // 2 + 1
    weights = _cubic(torch.stack([centre - first - tap for tap in range(taps)]) * spread)
    weights = weights / weights.sum(0, keepdim=True)
    rows = (first.long() + torch.arange(taps)[:, None]) % (2 * before)
    return torch.minimum(rows, 2 * before - 1 - rows), weights


def _cubic(offset: Tensor) -> Tensor:
    """Return Keys' kernel, whose support is [-2, 2]."""
    one = offset.abs()
    square = one * one
    cube = one * square
    near = 1.5 * cube - 2.5 * square + 1
    far = -0.5 * cube + 2.5 * square - 4 * one + 2
    return torch.where(one <= 1, near, torch.where(one <= 2, far, 0.0))  # noqa: PLR2004 (where its halves end)
