"""What NIQE and ILNIQE measure of a block of pixels: two distributions, fitted to many blocks at once.

The fits follow the metrics' published code to the last digit that matters: the shape of the generalised Gaussian is the
nearest point of a grid of steps of 0.001, and Newton's steps for the Weibull shape end when no block of the image moves
by more than 0.01. Both are too coarse to be left out: a better fit would be another metric. What is done otherwise is
how: the nearest point is found by bisection, not by comparing with all 9,801 points of the grid.

Arithmetic is torch's, float64, without gradients. NaN says that a block has no fit, e.g. because it is flat.
"""

from __future__ import annotations

import math
from functools import cache
from typing import NamedTuple

import torch
from torch import Tensor

__all__ = ["blocks_of", "neighbour_features", "rounded_luma", "symmetric_features", "weibull"]

_YIQ = torch.tensor([[0.299, 0.587, 0.114], [0.5959, -0.2746, -0.3213], [0.2115, -0.5227, 0.3112]])
"""YIQ from RGB. All three are computed and one is used: a product of this shape rounds as in the published values."""

_SHIFTS = ((0, 1), (1, 0), (1, 1), (1, -1))
"""Neighbours: to the right, below, and on both diagonals."""

_AT_ONCE = 16
"""Blocks that are worked on at a time: about a megabyte, which stays in the processor's cache."""

_MOST_STEPS = 50
_STILL = 0.01
"""Newton's steps end when no shape moves farther."""

_SETTLED = 1e-12
"""Relative step below which a further one changes nothing."""


class _Grid(NamedTuple):
    """Shapes of the generalised Gaussian, and what depends on nothing else; each float64 ``(9801,)``."""

    shape: Tensor
    ratio: Tensor
    scale: Tensor
    mean: Tensor


@cache
def _grid() -> _Grid:
    shape = torch.arange(0.2, 10.001, 0.001, dtype=torch.float32).double()  # as rounded as in the published values
    one, two, three = (torch.lgamma(order / shape) for order in (1.0, 2.0, 3.0))
    return _Grid(shape, (2 * two - (one + three)).exp(), (one - three).exp().sqrt(), (two - one).exp())


def blocks_of(planes: Tensor, side: int) -> Tensor:
    """Cut planes into square blocks.

    Args:
        planes: What is cut; a rest of fewer rows or columns than a block is left out.
        side: Pixels along a block.

    Shape:
        planes: ``(..., H, W)``.
        returns: ``(..., H // side * (W // side), side, side)``.

    >>> blocks_of(torch.arange(24).reshape(4, 6), 2)[1]
    tensor([[2, 3],
            [8, 9]])
    """
    down, across = planes.shape[-2] // side, planes.shape[-1] // side
    kept = planes[..., : down * side, : across * side]
    grid = kept.reshape(*planes.shape[:-2], down, side, across, side)
    return grid.transpose(-3, -2).flatten(-4, -3)


class _Fit(NamedTuple):
    """An asymmetric generalised Gaussian of each row: the shape's place in the grid, and the scales of both sides."""

    place: Tensor
    left: Tensor
    right: Tensor


def _asymmetric(rows: Tensor) -> _Fit:
    """Fit by moments (Lasmar, Stitou and Berthoumieu, Multiscale skewed heavy tailed model for texture analysis, 2009).

    Shape:
        rows: ``(R, N)``.
    """
    moments = torch.cat([_moments(part) for part in torch.split(rows, _AT_ONCE)])
    squares, counts, sums = moments[:, :2], moments[:, 2:4], moments[:, 4:]
    left, right = (squares / counts).sqrt().unbind(-1)
    ratio = (sums[:, 1] - sums[:, 0]).div(rows.shape[1]) ** 2 / (squares.sum(-1) / rows.shape[1])
    lean = left / right
    place = _nearest(ratio * (lean**3 + 1) * (lean + 1) / (lean**2 + 1) ** 2)
    scale = _grid().scale[place]
    return _Fit(place, left * scale, right * scale)


def _moments(rows: Tensor) -> Tensor:
    """Return of the negative and of the positive values of each row: sums of squares, counts, sums; ``(R, 6)``."""
    sides = [rows.clamp(max=0), rows.clamp(min=0)]
    squares = [torch.bmm(side[:, None], side[..., None])[:, 0, 0] for side in sides]
    counts = [side.count_nonzero(-1).double() for side in sides]
    return torch.stack((*squares, *counts, *(side.sum(-1) for side in sides)), -1)


def _nearest(wanted: Tensor) -> Tensor:
    """Return where the grid's ratio is nearest to each of the wanted ones; without a finite one, its first place."""
    ratio = _grid().ratio
    above = torch.searchsorted(ratio, wanted).clamp(1, len(ratio) - 1)
    nearer_below = (wanted - ratio[above - 1]) <= (ratio[above] - wanted)
    return torch.where(wanted.isfinite(), above - nearer_below.long(), 0)


def symmetric_features(blocks: Tensor) -> Tensor:
    """Return shape and mean scale of the generalised Gaussian of each block.

    Shape:
        blocks: ``(B, side, side)``.
        returns: ``(B, 2)``.
    """
    fit = _asymmetric(blocks.flatten(1))
    return torch.stack((_grid().shape[fit.place], (fit.left + fit.right) / 2), -1)


def neighbour_features(blocks: Tensor) -> Tensor:
    """Return NIQE's 18 features of normalised luminance, which are ILNIQE's too.

    Shape and mean scale of the values, then of the products with each of four neighbours the shape, the mean and both
    scales. At its border a block continues with its own other side.

    Shape:
        blocks: ``(B, side, side)``.
        returns: ``(B, 18)``.
    """
    return torch.cat([_neighbours(part) for part in torch.split(blocks, _AT_ONCE)])


def _neighbours(blocks: Tensor) -> Tensor:
    features = [symmetric_features(blocks)]
    for shift in _SHIFTS:
        fit = _asymmetric((blocks * blocks.roll(shift, (1, 2))).flatten(1))
        mean = (fit.right - fit.left) * _grid().mean[fit.place]
        features.append(torch.stack((_grid().shape[fit.place], mean, fit.left, fit.right), -1))
    return torch.cat(features, -1)


def weibull(logarithms: Tensor) -> Tensor:
    """Return scale and shape of the Weibull distribution of each block, by maximum likelihood.

    Newton's steps from 1.2 over the standard deviation of the logarithms, for all channels and blocks together.

    Shape:
        logarithms: of the values, ``(C, B, N)``.
        returns: ``(C, B, 2)``.
    """
    mean = logarithms.mean(-1)
    shape = 1.2 / logarithms.std(-1)
    for _ in range(_MOST_STEPS):
        power, first, second = _power_sums(logarithms, shape)
        slope = first / power
        off = slope - mean - 1 / shape
        moved = off / (second / power - slope**2 + 1 / shape**2)
        shape = shape - moved
        moved = moved.abs()
        if moved.max() < _STILL:  # never, if a block is flat: then the others go on, until they stand still
            break
        if (moved.nan_to_num(0.0) <= _SETTLED * shape.nan_to_num(math.inf).abs()).all():
            break
    power = torch.stack([(rows * k[:, None]).exp_().sum(-1) for rows, k in zip(logarithms, shape, strict=True)])
    return torch.stack(((power / logarithms.shape[-1]) ** (1 / shape), shape), -1)


def _power_sums(logarithms: Tensor, shape: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Return of each block the sums of x^k, x^k ln x and x^k (ln x)^2; channel by channel, which stays in the cache."""
    sums = []
    for rows, k in zip(logarithms, shape, strict=True):
        power = (rows * k[:, None]).exp_()
        weighted = power * rows
        sums.append((power.sum(-1), weighted.sum(-1), torch.bmm(weighted[:, None], rows[..., None])[:, 0, 0]))
    power, first, second = zip(*sums, strict=True)
    return torch.stack(power), torch.stack(first), torch.stack(second)


def rounded_luma(photo: Tensor) -> Tensor:
    """Return luma in whole grey levels.

    Shape:
        photo: float32 ``(3, H, W)``, in [0, 1].
        returns: float32 ``(H, W)``, 0 to 255.
    """
    return torch.matmul(photo.permute(1, 2, 0), _YIQ.T)[..., 0].mul(255).round_()
