"""SPANet: residual blocks under an attention that looks along rows and columns of the whole image.

Wang, Yang, Xu, Chen, Zhang and Lau, Spatial Attentive Single-Image Deraining with a High Quality Real Rain Dataset,
CVPR 2019. The authors compute the recurrences with a kernel for CUDA; here they are tensor operations for any device.
Module names are those under which the authors' weights are stored.

In the paper the directions are weighed at each pixel. In the published weights the layers for that have never learnt
(Adam's moments beside them are all zero), and with them the output is worse than the input.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, cast

import torch
from torch import nn
from torch.nn import functional

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["SPANet", "swept"]

_WIDTH = 32
_DIRECTIONS = {"up": (-2, True), "right": (-1, False), "down": (-2, False), "left": (-1, True)}
"""Axis along which each recurrence runs, and whether it runs towards smaller numbers."""

_ATTENTIVE = 4  # times three blocks under one map of attention each
_LAST = 17


def _plain(channels: int, width: int, side: int, dilation: int = 1) -> nn.Conv2d:
    return nn.Conv2d(channels, width, side, padding=side // 2 * dilation, dilation=dilation, bias=False)


def swept(features: Tensor, weight: Tensor, bias: Tensor, axis: int, *, backwards: bool) -> Tensor:
    """Run a recurrence over an image: ``h_i = relu(w h_i-1 + b + x_i)`` with ``h_0 = relu(x_0)``.

    Args:
        features: x.
        weight: w of each channel.
        bias: b of each channel.
        axis: Along which; -1 or -2.
        backwards: From the last pixel to the first.

    Shape:
        features: ``(N, C, H, W)``.
        weight, bias: ``(C,)``.
        returns: as features, in float32.

    >>> line = torch.tensor([[[[1.0, -2.0, 3.0]]]])
    >>> swept(line, torch.ones(1), torch.zeros(1), -1, backwards=False).flatten().tolist()
    [1.0, 0.0, 3.0]
    """
    lines = list(features.float().unbind(axis))
    if backwards:
        lines.reverse()
    found = [functional.relu(lines[0])]
    for line in lines[1:]:
        found.append(functional.relu(torch.addcmul(line + bias[:, None], weight[:, None], found[-1])))
    if backwards:
        found.reverse()
    return torch.stack(found, axis)


class _Recurrences(nn.Module):
    """Four recurrences with a weight and a bias for each channel (identity-initialised, Le et al. 2015)."""

    def __init__(self) -> None:
        super().__init__()
        for name in _DIRECTIONS:
            layer = nn.Conv2d(_WIDTH, _WIDTH, 1, groups=_WIDTH)
            nn.init.ones_(layer.weight)
            nn.init.zeros_(cast("Tensor", layer.bias))
            self.add_module(f"{name}_weight", layer)

    def forward(self, features: Tensor) -> list[Tensor]:
        """Return what each direction gathered, ``(N, 32, H, W)`` each."""
        found = []
        for name, (axis, backwards) in _DIRECTIONS.items():
            layer = cast("nn.Conv2d", self.get_submodule(f"{name}_weight"))
            bias = cast("Tensor", layer.bias)
            found.append(swept(features, layer.weight.flatten(), bias, axis, backwards=backwards))
        return found


def _direction_weights() -> nn.Sequential:
    half = _WIDTH // 2
    layers: OrderedDict[str, nn.Module] = OrderedDict(
        conv1=nn.Conv2d(_WIDTH, half, 3, padding=1),
        relu1=nn.ReLU(),
        conv2=nn.Conv2d(half, half, 3, padding=1),
        relu2=nn.ReLU(),
        conv3=nn.Conv2d(half, len(_DIRECTIONS), 1),
        sigmod=nn.Sigmoid(),
    )
    return nn.Sequential(layers)


class _Attention(nn.Module):
    """The spatial attentive module: two rounds of recurrences, whose directions are weighed at each pixel."""

    def __init__(self, *, weighed: bool) -> None:
        super().__init__()
        self.weighed = weighed
        self.irnn1, self.irnn2 = _Recurrences(), _Recurrences()
        self.conv_in = _plain(_WIDTH, _WIDTH, 3)
        self.conv2, self.conv3 = (_plain(len(_DIRECTIONS) * _WIDTH, _WIDTH, 3) for _ in range(2))
        self.attention_layer = _direction_weights()
        self.conv_out = _plain(_WIDTH, 1, 1)

    def forward(self, features: Tensor) -> Tensor:
        """Return how much there is to change at each pixel, ``(N, 1, H, W)`` in (0, 1)."""
        weights = self.attention_layer(features).split(1, 1) if self.weighed else (1.0,) * len(_DIRECTIONS)
        around = self.conv_in(features)
        for recurrences, merge in ((self.irnn1, self.conv2), (self.irnn2, self.conv3)):
            gathered = zip(recurrences(around), weights, strict=True)
            around = merge(torch.cat([one * weight for one, weight in gathered], 1))
        return torch.sigmoid(self.conv_out(functional.relu(around)))


class _Block(nn.Module):
    """1x1, dilated 3x3, 1x1; what is to be added to the features."""

    def __init__(self) -> None:
        super().__init__()
        layers: OrderedDict[str, nn.Module] = OrderedDict(
            conv1=_plain(_WIDTH, _WIDTH, 1),
            relu1=nn.ReLU(),
            conv2=_plain(_WIDTH, _WIDTH, 3, dilation=2),
            relu2=nn.ReLU(),
            conv3=_plain(_WIDTH, _WIDTH, 1),
        )
        self.group1 = nn.Sequential(layers)

    def forward(self, features: Tensor) -> Tensor:
        change: Tensor = self.group1(features)
        return change


class SPANet(nn.Module):
    """17 residual blocks, of which the middle twelve are attentive, 283,716 parameters; gives the image itself.

    Args:
        weighed: Weigh the directions, as in the paper; without, as the published weights want it.

    Shape:
        rainy: ``(N, 3, H, W)``, values in [0, 1].
        returns: the same; about [0, 1], not clamped.
    """

    def __init__(self, *, weighed: bool = True) -> None:
        super().__init__()
        self.conv_in = nn.Sequential(_plain(3, _WIDTH, 3), nn.ReLU())
        self.SAM1 = _Attention(weighed=weighed)
        for index in range(1, _LAST + 1):
            self.add_module(f"res_block{index}", _Block())
        self.conv_out = nn.Sequential(_plain(_WIDTH, 3, 3))

    def forward(self, rainy: Tensor) -> Tensor:
        """Return the background."""
        features = self._through(self.conv_in(rainy), range(1, 4))
        for index in range(_ATTENTIVE):
            first = 4 + 3 * index
            features = self._through(features, range(first, first + 3), self.SAM1(features))
        background: Tensor = self.conv_out(self._through(features, range(16, _LAST + 1)))
        return background

    def _through(self, features: Tensor, blocks: range, attention: Tensor | float = 1.0) -> Tensor:
        for index in blocks:
            change = self.get_submodule(f"res_block{index}")(features)
            features = functional.relu(change * attention + features)
        return features
