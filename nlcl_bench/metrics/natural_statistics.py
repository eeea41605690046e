"""What NIQE, ILNIQE and BRISQUE measure of pixels: two distributions, fitted to many blocks or to a whole picture.

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

__all__ = [
    "SHIFTS",
    "Fit",
    "asymmetric",
    "blocks_of",
    "luma",
    "moments",
    "neighbour_features",
    "rounded_luma",
    "symmetric",
    "symmetric_features",
    "weibull",
]

_YIQ = torch.tensor([[0.299, 0.587, 0.114], [0.5959, -0.2746, -0.3213], [0.2115, -0.5227, 0.3112]])
"""YIQ from RGB. All three are computed and one is used: a product of this shape rounds as in the published values."""

SHIFTS = ((0, 1), (1, 0), (1, 1), (1, -1))
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


class Fit(NamedTuple):
    """Generalised Gaussians: the shapes' places in the grid, and the deviations of the negative and positive values."""

    place: Tensor
    left: Tensor
    right: Tensor

    @property
    def shape(self) -> Tensor:
        """2 for a Gaussian, 1 for Laplace's distribution."""
        return _grid().shape[self.place]

    @property
    def scales(self) -> tuple[Tensor, Tensor]:
        """Scale parameters of the negative and of the positive side."""
        scale = _grid().scale[self.place]
        return self.left * scale, self.right * scale

    @property
    def mean(self) -> Tensor:
        """Mean of the distribution."""
        left, right = self.scales
        return (right - left) * _grid().mean[self.place]


def moments(rows: Tensor) -> Tensor:
    """Return of the negative and of the positive values of each row: sums of squares, counts, sums.

    Shape:
        rows: ``(R, N)``.
        returns: float64 ``(R, 6)``; parts of a row may be added up.

    >>> moments(torch.tensor([[-2.0, 0, 1, 3]])).tolist()
    [[4.0, 10.0, 1.0, 2.0, -2.0, 4.0]]
    """
    return torch.cat([_moments(part.double()) for part in torch.split(rows, _AT_ONCE)])


def _moments(rows: Tensor) -> Tensor:
    sides = [rows.clamp(max=0), rows.clamp(min=0)]
    squares = [torch.bmm(side[:, None], side[..., None])[:, 0, 0] for side in sides]
    counts = [side.sign().sum(-1).abs() for side in sides]  # a third of the time of counting
    return torch.stack((*squares, *counts, *(side.sum(-1) for side in sides)), -1)


def asymmetric(found: Tensor, count: int) -> Fit:
    """Fit by moments (Lasmar, Stitou and Berthoumieu, Multiscale skewed heavy tailed model for texture analysis, 2009).

    Args:
        found: What :func:`moments` returns, ``(R, 6)``.
        count: Values in a row.
    """
    left, right = (found[:, :2] / found[:, 2:4]).sqrt().unbind(-1)
    lean = left / right
    return Fit(_nearest(_ratio(found, count) * (lean**3 + 1) * (lean + 1) / (lean**2 + 1) ** 2), left, right)


def symmetric(found: Tensor, count: int) -> Fit:
    """Fit by moments one deviation to both sides (Sharifi and Leon-Garcia, IEEE TCSVT 5(1), 1995).

    Args:
        found: What :func:`moments` returns, ``(R, 6)``.
        count: Values in a row.
    """
    deviation = (found[:, :2].sum(-1) / count).sqrt()
    return Fit(_nearest(_ratio(found, count)), deviation, deviation)


def _ratio(found: Tensor, count: int) -> Tensor:
    """Return the squared mean of absolute values over the mean of squares."""
    return (found[:, 5] - found[:, 4]).div(count) ** 2 / (found[:, :2].sum(-1) / count)


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
    fit = _fitted(blocks)
    return torch.stack((fit.shape, (fit.scales[0] + fit.scales[1]) / 2), -1)


def _fitted(blocks: Tensor) -> Fit:
    rows = blocks.flatten(1)
    return asymmetric(moments(rows), rows.shape[1])


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
    for shift in SHIFTS:
        fit = _fitted(blocks * blocks.roll(shift, (1, 2)))
        features.append(torch.stack((fit.shape, fit.mean, *fit.scales), -1))
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


def luma(photo: Tensor) -> Tensor:
    """Return luma, Y of YIQ.

    Shape:
        photo: float32 ``(3, H, W)``, in [0, 1].
        returns: float32 ``(H, W)``, in [0, 1] give or take a last bit.
    """
    return torch.matmul(photo.permute(1, 2, 0), _YIQ.T)[..., 0]


def rounded_luma(photo: Tensor) -> Tensor:
    """Return luma in whole grey levels.

    Shape:
        photo: float32 ``(3, H, W)``, in [0, 1].
        returns: float32 ``(H, W)``, 0 to 255.
    """
    return luma(photo).mul(255).round_()
