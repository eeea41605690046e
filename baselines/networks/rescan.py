"""RESCAN: rain taken away in four looks, by dilated convolutions that remember and channels that are weighed.

Li, Wu, Lin, Liu and Zha, Recurrent Squeeze-and-Excitation Context Aggregation Net for Single Image Deraining, ECCV
2018, with its gated recurrent unit and full prediction, which the paper finds best.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import torch
from torch import nn
from torch.nn import functional

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["RESCAN"]

_WIDTH = 24
_SQUEEZED = 6
_DILATIONS = (1, 1, 2, 4, 8)
_LEAK = 0.2


class _Excitation(nn.Module):
    """Weighs channels by their means over the whole image (Hu et al., CVPR 2018)."""

    def __init__(self) -> None:
        super().__init__()
        self.squeeze = nn.Linear(_WIDTH, _SQUEEZED)
        self.excite = nn.Linear(_SQUEEZED, _WIDTH)

    def forward(self, features: Tensor) -> Tensor:
        weights = torch.sigmoid(self.excite(functional.relu(self.squeeze(features.mean((2, 3))))))
        return features * weights[..., None, None]


class _Unit(nn.Module):
    """A convolutional gated recurrent unit with squeeze and excitation behind it: ``h = (1 - z) h + z n``."""

    def __init__(self, channels: int, dilation: int) -> None:
        super().__init__()
        self.seen = nn.ModuleDict(
            {gate: nn.Conv2d(channels, _WIDTH, 3, padding=dilation, dilation=dilation) for gate in "zrn"}
        )
        self.kept = nn.ModuleDict({gate: nn.Conv2d(_WIDTH, _WIDTH, 3, padding=1) for gate in "zrn"})
        self.excitation = _Excitation()

    def forward(self, features: Tensor, before: Tensor | None) -> Tensor:
        """Return the features of this stage, given those of the stage before; None in the first."""
        if before is None:
            state = torch.sigmoid(self.seen["z"](features)) * torch.tanh(self.seen["n"](features))
        else:
            update, reset = (torch.sigmoid(self.seen[gate](features) + self.kept[gate](before)) for gate in "zr")
            new = torch.tanh(self.seen["n"](features) + self.kept["n"](reset * before))
            state = (1 - update) * before + update * new
        return functional.leaky_relu(self.excitation(state), _LEAK)


class RESCAN(nn.Module):
    """Four stages of seven layers, 149,823 parameters; each predicts all of the rain: ``O_s+1 = O - R_s``.

    Args:
        stages: How many; they share their weights.

    Shape:
        rainy: ``(N, 3, H, W)``, values in [0, 1].
        returns: the same; about [0, 1], not clamped.
    """

    def __init__(self, stages: int = 4) -> None:
        super().__init__()
        self.stages = stages
        self.units = nn.ModuleList(_Unit(_WIDTH if index else 3, dilation) for index, dilation in enumerate(_DILATIONS))
        self.decoder = nn.Sequential(
            nn.Conv2d(_WIDTH, _WIDTH, 3, padding=1),
            _Excitation(),
            nn.LeakyReLU(_LEAK),
            nn.Conv2d(_WIDTH, 3, 1),
        )

    def forward(self, rainy: Tensor) -> Tensor:
        """Return the background."""
        background = rainy
        states: list[Tensor | None] = [None] * len(self.units)
        for _ in range(self.stages):
            features = background
            for index, unit in enumerate(self.units):
                features = cast("Tensor", unit(features, states[index]))
                states[index] = features
            background = rainy - self.decoder(features)
        return background
