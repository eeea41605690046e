"""The networks of NLCL: two generators, one discriminator that doubles as encoder, and the projection heads.

The model is additive, ``O = B + R``: a generator G_B predicts the background from the rainy image, a second one
of the same shape, G_R, the rain layer. Values are in [-1, 1] here; :mod:`baselines.nlcl.derainer` converts.
Module names are those under which the authors' published weights are stored.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import torch
from torch import Tensor, nn
from torch.nn import functional

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["DISCRIMINATOR_CHANNELS", "Discriminator", "Generator", "ProjectionHeads", "walk"]

_WIDTH = 32
_BLOCKS = 16

DISCRIMINATOR_CHANNELS = {0: 64, 3: 128, 7: 256, 11: 512}
"""Channels of the discriminator's convolutions, by their place in ``Discriminator.model``."""


class _Convolution(nn.Module):
    """A 3x3 convolution with instance normalisation over the whole image and, if asked, ReLU."""

    def __init__(self, *, rectify: bool) -> None:
        super().__init__()
        self.conv = nn.Conv2d(_WIDTH, _WIDTH, 3, padding=1)
        self.rectify = rectify

    def forward(self, features: Tensor) -> Tensor:
        normal = functional.instance_norm(self.conv(features))
        return functional.relu_(normal) if self.rectify else normal


class _Block(nn.Module):
    """Two convolutions and a skip; nothing after the sum."""

    def __init__(self) -> None:
        super().__init__()
        self.model = nn.Sequential(_Convolution(rectify=True), _Convolution(rectify=False))

    def forward(self, features: Tensor) -> Tensor:
        change: Tensor = self.model(features)
        return change.add_(features)


class _Tail(nn.Module):
    """The pair of convolutions before the last one."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Sequential(
            nn.Conv2d(_WIDTH, _WIDTH, 3, padding=1),
            nn.InstanceNorm2d(_WIDTH),
            nn.ReLU(inplace=True),
            nn.Conv2d(_WIDTH, _WIDTH, 3, padding=1),
        )

    def forward(self, features: Tensor) -> Tensor:
        result: Tensor = self.conv(features)
        return result


class Generator(nn.Module):
    """G_B or G_R: a residual network at full resolution, 316,195 parameters.

    No downsampling, no activation at the end, no skip from input to output. Statistics of the instance
    normalisation are those of the whole image, so a tile of an image gives another result than the image.

    Shape:
        rainy: ``(N, 3, H, W)``, values in [-1, 1]; at least two pixels.
        returns: the same shape; about [-1, 1], not clamped.
    """

    def __init__(self) -> None:
        super().__init__()
        self.gen = nn.Sequential(
            nn.Conv2d(3, _WIDTH, 3, padding=1),
            *(_Block() for _ in range(_BLOCKS)),
            _Tail(),
            nn.Conv2d(_WIDTH, 3, 3, padding=1),
        )

    def forward(self, rainy: Tensor) -> Tensor:
        """Return the predicted layer."""
        layer: Tensor = self.gen(rainy)
        return layer


class _BlurPool(nn.Module):
    """Halves the size after a 3x3 binomial blur, so that shifts of the input do not alias (Zhang, ICML 2019)."""

    kernel: Tensor

    def __init__(self, channels: int) -> None:
        super().__init__()
        line = torch.tensor([1.0, 2.0, 1.0])
        kernel = torch.outer(line, line) / 16
        self.register_buffer("kernel", kernel.expand(channels, 1, 3, 3).clone(), persistent=False)

    def forward(self, features: Tensor) -> Tensor:
        padded = functional.pad(features, (1, 1, 1, 1), mode="reflect")
        return functional.conv2d(padded, self.kernel, stride=2, groups=features.shape[1])


class Discriminator(nn.Module):
    """D: the anti-aliased PatchGAN that judges 70x70 patches, 2,764,737 parameters.

    Its convolutions (indices 0, 3, 7, 11 of ``model``) also give the features of the layer contrast; see
    :func:`walk`. Weights start from Xavier's normal distribution with gain 0.02, biases from zero.

    Shape:
        image: ``(N, 3, H, W)``, values about [-1, 1]; H and W at least 24.
        returns: logits ``(N, 1, h, w)``, 30x30 for 256x256.
    """

    def __init__(self) -> None:
        super().__init__()
        self.model = nn.Sequential(
            nn.Conv2d(3, 64, 4, padding=1),
            nn.LeakyReLU(0.2),
            _BlurPool(64),
            nn.Conv2d(64, 128, 4, padding=1),
            nn.InstanceNorm2d(128),
            nn.LeakyReLU(0.2),
            _BlurPool(128),
            nn.Conv2d(128, 256, 4, padding=1),
            nn.InstanceNorm2d(256),
            nn.LeakyReLU(0.2),
            _BlurPool(256),
            nn.Conv2d(256, 512, 4, padding=1),
            nn.InstanceNorm2d(512),
            nn.LeakyReLU(0.2),
            nn.Conv2d(512, 1, 4, padding=1),
        )
        self.apply(partial(_xavier, gain=0.02))

    def forward(self, image: Tensor) -> Tensor:
        """Return one logit per patch: near 1 for clean photographs, near 0 for derained ones."""
        logits: Tensor = self.model(image)
        return logits


class ProjectionHeads(nn.Module):
    """One two-layer perceptron per feature map, onto the unit sphere on which features are contrasted.

    Weights start from Xavier's normal distribution with gain 1, biases from zero. With a gain as small as the
    discriminator's, the biases outgrow the weights in the first step and every vector becomes the same.

    Args:
        channels: Channels of each feature map.
        width: Dimensions of the sphere's space.
    """

    def __init__(self, channels: Sequence[int], width: int = 256) -> None:
        super().__init__()
        self.heads = nn.ModuleList(
            nn.Sequential(nn.Linear(count, width), nn.ReLU(inplace=True), nn.Linear(width, width)) for count in channels
        )
        self.apply(partial(_xavier, gain=1.0))

    def forward(self, vectors: Sequence[Tensor]) -> list[Tensor]:
        """Project the vectors of each map.

        Shape:
            vectors: one ``(..., C_l)`` per map.
            returns: one ``(..., width)`` per map, of length 1.
        """
        return [functional.normalize(head(map_), dim=-1) for head, map_ in zip(self.heads, vectors, strict=True)]


def _xavier(module: nn.Module, gain: float) -> None:
    if isinstance(module, nn.Conv2d | nn.Linear):
        nn.init.xavier_normal_(module.weight, gain=gain)
        if module.bias is not None:
            nn.init.zeros_(module.bias)


def walk(network: nn.Sequential, image: Tensor, layers: Sequence[int]) -> tuple[Tensor, list[Tensor]]:
    """Run a network once, and also return what comes out of some of its layers.

    Pass a slice such as ``generator.gen[:13]`` to stop early.

    Args:
        network: The layers to run.
        image: Their input, ``(N, C, H, W)``.
        layers: Indices of the wanted layers, ascending.

    Returns:
        The output, and one feature map ``(N, C_l, H_l, W_l)`` per wanted layer.
    """
    maps = []
    for index, layer in enumerate(network):
        image = layer(image)
        if index in layers:
            maps.append(image)
    return image, maps
