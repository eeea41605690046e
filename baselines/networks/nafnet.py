"""NAFNet, narrow: an encoder and a decoder of blocks without activation functions.

Chen, Chu, Zhang and Sun, Simple Baselines for Image Restoration, ECCV 2022, at a width that two processor cores can
train. Module names are the paper's code's, so that other readers of such files find their way.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import torch
from torch import nn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from torch import Tensor

__all__ = ["NAFNet"]

_EPSILON = 1e-6


class _Normal(nn.Module):
    """Layer normalisation over the channels of each pixel, in float32."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.weight = nn.Parameter(torch.ones(channels))
        self.bias = nn.Parameter(torch.zeros(channels))

    def forward(self, features: Tensor) -> Tensor:
        features = features.float()
        variance, mean = torch.var_mean(features, 1, correction=0, keepdim=True)
        normal = (features - mean) * (variance + _EPSILON).rsqrt()
        return normal * self.weight[:, None, None] + self.bias[:, None, None]


def _gated(features: Tensor) -> Tensor:
    """Multiply one half of the channels by the other (SimpleGate)."""
    one, other = features.chunk(2, 1)
    return one * other


class _Block(nn.Module):
    """The paper's block: depthwise convolution, gate, channel attention; then a gated 1x1 pair."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        double = 2 * channels
        self.norm1, self.norm2 = _Normal(channels), _Normal(channels)
        self.conv1 = nn.Conv2d(channels, double, 1)
        self.conv2 = nn.Conv2d(double, double, 3, padding=1, groups=double)
        self.sca = nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Conv2d(channels, channels, 1))
        self.conv3 = nn.Conv2d(channels, channels, 1)
        self.conv4 = nn.Conv2d(channels, double, 1)
        self.conv5 = nn.Conv2d(channels, channels, 1)
        self.beta, self.gamma = (nn.Parameter(torch.zeros(1, channels, 1, 1)) for _ in range(2))

    def forward(self, features: Tensor) -> Tensor:
        gated = _gated(self.conv2(self.conv1(self.norm1(features))))
        features = features + self.conv3(gated * self.sca(gated)) * self.beta
        change: Tensor = self.conv5(_gated(self.conv4(self.norm2(features)))) * self.gamma
        return features + change


def _blocks(channels: int, count: int) -> nn.Sequential:
    return nn.Sequential(*(_Block(channels) for _ in range(count)))


class NAFNet(nn.Module):
    """``B = O + f(O)``; of width 16 and one block per level 288,691 parameters.

    Channel attention needs means over the whole image, so that a tile gives another result than the image.

    Args:
        width: Channels at full resolution; twice as many at each halving.
        encoders: Blocks before each halving.
        middle: Blocks at the smallest resolution.
        decoders: Blocks after each doubling.

    Shape:
        rainy: ``(N, 3, H, W)``, values in [0, 1]; H and W multiples of 2 to the number of halvings.
        returns: the same; about [0, 1], not clamped.
    """

    def __init__(
        self,
        width: int = 16,
        encoders: Sequence[int] = (1, 1, 1),
        middle: int = 1,
        decoders: Sequence[int] = (1, 1, 1),
    ) -> None:
        super().__init__()
        widths = [width * 2**level for level in range(len(encoders))]
        deepest = 2 * widths[-1]
        self.intro = nn.Conv2d(3, width, 3, padding=1)
        self.encoders = nn.ModuleList(_blocks(*level) for level in zip(widths, encoders, strict=True))
        self.downs = nn.ModuleList(nn.Conv2d(channels, 2 * channels, 2, 2) for channels in widths)
        self.middle_blks = _blocks(deepest, middle)
        self.ups = nn.ModuleList(
            nn.Sequential(nn.Conv2d(2 * channels, 4 * channels, 1, bias=False), nn.PixelShuffle(2))
            for channels in reversed(widths)
        )
        self.decoders = nn.ModuleList(_blocks(*level) for level in zip(reversed(widths), decoders, strict=True))
        self.ending = nn.Conv2d(width, 3, 3, padding=1)

    def forward(self, rainy: Tensor) -> Tensor:
        """Return the background."""
        features: Tensor = self.intro(rainy)
        kept = []
        for encoder, down in zip(self.encoders, self.downs, strict=True):
            kept.append(encoder(features))
            features = down(kept[-1])
        features = self.middle_blks(features)
        for decoder, up in zip(self.decoders, self.ups, strict=True):
            features = decoder(up(features) + kept.pop())
        return rainy + cast("Tensor", self.ending(features))
