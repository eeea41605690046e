"""DDN: a deep residual network that sees nothing but the detail of the rainy image.

Fu, Huang, Zeng, Huang, Ding and Paisley, Removing Rain from Single Images via a Deep Detail Network, CVPR 2017.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import nn
from torch.nn import functional

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["DDN", "base"]

_WIDTH = 16
_BLOCKS = 12  # of two convolutions; 26 with the first and the last
_RADIUS = 15
_EPSILON = 1.0
_CALM = 0.1  # batch normalisation would start with a residual of variance 1: as strong as a picture


def base(rainy: Tensor) -> Tensor:
    """Return the low-pass part of an image: guided by itself, which at this epsilon is nearly a twofold mean.

    He, Sun and Tang, Guided Image Filtering, TPAMI 2013, equations 5, 6 and 8; windows are cut off at borders. It is
    :func:`baselines.filters.guided_plane` for gradients and any device.

    Shape:
        rainy: ``(N, 3, H, W)``, values in [0, 1].
        returns: the same.

    >>> import torch
    >>> float(base(torch.full((1, 3, 2, 2), 0.5)).sum())
    6.0
    """
    average = _mean(rainy)
    variance = (_mean(rainy * rainy) - average * average).clamp_min(0)
    slope = variance / (variance + _EPSILON)
    return _mean(slope) * rainy + _mean((1 - slope) * average)


def _mean(image: Tensor) -> Tensor:
    """Return the mean of each square window, first along columns and then along rows."""
    side = 2 * _RADIUS + 1
    down = functional.avg_pool2d(image, (side, 1), 1, (_RADIUS, 0), count_include_pad=False)
    return functional.avg_pool2d(down, (1, side), 1, (0, _RADIUS), count_include_pad=False)


def _layer(channels: int) -> list[nn.Module]:
    return [nn.Conv2d(channels, _WIDTH, 3, padding=1), nn.BatchNorm2d(_WIDTH), nn.ReLU()]


class DDN(nn.Module):
    """26 convolutions with batch normalisation, 57,369 parameters: ``B = O + f(O - base(O))``.

    Shape:
        rainy: ``(N, 3, H, W)``, values in [0, 1].
        returns: the same; about [0, 1], not clamped.
    """

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Sequential(*_layer(3))
        self.blocks = nn.ModuleList(nn.Sequential(*_layer(_WIDTH), *_layer(_WIDTH)) for _ in range(_BLOCKS))
        normal = nn.BatchNorm2d(3)
        nn.init.constant_(normal.weight, _CALM)
        self.last = nn.Sequential(nn.Conv2d(_WIDTH, 3, 3, padding=1), normal)

    def forward(self, rainy: Tensor) -> Tensor:
        """Return the background."""
        features: Tensor = self.first(rainy - base(rainy))
        for block in self.blocks:
            features = features + block(features)
        residual: Tensor = self.last(features)
        return rainy + residual
