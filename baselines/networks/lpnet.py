"""LPNet: a Laplacian pyramid whose levels are repaired each by a tiny network of its own.

Fu, Liang, Huang, Ding and Paisley, Lightweight Pyramid Networks for Image Deraining, TNNLS 2020 (arXiv 1805.06173).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import torch
from torch import nn
from torch.nn import functional

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["LPNet", "halved", "pyramid", "twice"]

_WIDTHS = (16, 8, 4, 2, 1)  # from the finest level, where the rain is, to the coarsest
_RECURSIONS = 5
_LEAK = 0.2


def halved(image: Tensor) -> Tensor:
    """Return every second pixel of an image blurred by 1 4 6 4 1; edge pixels are repeated.

    Sums of shifted images and not a convolution, which lower precision in training would spoil.

    Shape:
        image: ``(N, C, H, W)``, H and W even or 1.
        returns: ``(N, C, H / 2, W / 2)``, rounded up.
    """
    for _ in range(2):  # along columns, then along rows
        image = functional.pad(image.transpose(-2, -1), (2, 2, 0, 0), mode="replicate")
        parts = [image[..., shift : shift + image.shape[-1] - 4 : 2] for shift in range(5)]
        image = (parts[0] + parts[4] + 4 * (parts[1] + parts[3]) + 6 * parts[2]) / 16
    return image


def twice(image: Tensor) -> Tensor:
    """Return an image of twice the size: zeros between the pixels, and the same blur.

    Shape:
        image: ``(N, C, H, W)``.
        returns: ``(N, C, 2 H, 2 W)``.

    >>> twice(torch.tensor([[[[0.0, 8.0]]]]))[0, 0, 0].tolist()
    [1.0, 4.0, 7.0, 8.0]
    """
    for _ in range(2):
        image = functional.pad(image.transpose(-2, -1), (1, 1, 0, 0), mode="replicate")
        before, here, after = image[..., :-2], image[..., 1:-1], image[..., 2:]
        image = torch.stack(((before + 6 * here + after) / 8, (here + after) / 2), -1).flatten(-2)
    return image


def pyramid(image: Tensor, levels: int) -> list[Tensor]:
    """Return the Laplacian pyramid of an image, finest first; the last level is what remains."""
    found = []
    for _ in range(levels - 1):
        smaller = halved(image)
        found.append(image - twice(smaller))
        image = smaller
    return [*found, image]


class _Repair(nn.Module):
    """The network of a level: a block with weights of its own, run five times around a skip."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(3, width, 3, padding=1)
        self.block = nn.ModuleList(nn.Conv2d(width, width, side, padding=side // 2) for side in (3, 1, 3))
        self.last = nn.Conv2d(width, 3, 1)

    def forward(self, level: Tensor) -> Tensor:
        begun = functional.leaky_relu(self.first(level), _LEAK)
        features = begun
        for _ in range(_RECURSIONS):
            inner, middle, outer = self.block
            features = functional.leaky_relu(middle(functional.leaky_relu(inner(features), _LEAK)), _LEAK)
            features = functional.leaky_relu(outer(features) + begun, _LEAK)
        return level + cast("Tensor", self.last(features)).to(level.dtype)


class LPNet(nn.Module):
    """Five levels, 7,548 parameters; what they give is summed from the coarsest on, and never negative.

    Shape:
        rainy: ``(N, 3, H, W)``, values in [0, 1]; H and W multiples of 16.
        returns: the same; not clamped from above.
    """

    def __init__(self) -> None:
        super().__init__()
        self.levels = nn.ModuleList(_Repair(width) for width in _WIDTHS)

    def forward(self, rainy: Tensor) -> Tensor:
        """Return the background."""
        repaired = [repair(level) for repair, level in zip(self.levels, pyramid(rainy, len(_WIDTHS)), strict=True)]
        background: Tensor = functional.relu(repaired[-1])
        for level in reversed(repaired[:-1]):
            background = functional.relu(level + twice(background))
        return background
