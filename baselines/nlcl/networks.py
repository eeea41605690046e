"""The networks of NLCL: generators, one discriminator that doubles as encoder, and the projection heads.

The model is additive, ``O = B + R``. The authors' way is two networks of one shape, :class:`Generator`: G_B predicts
the background from the rainy image and G_R the rain layer. Ours is one, :class:`Separator`, that predicts what to take
away. Values are in [-1, 1] here; :mod:`baselines.nlcl.derainer` converts. Module names of ``Generator`` and
``Discriminator`` are those under which the authors' published weights are stored.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, cast

import torch
from torch import Tensor, nn
from torch.nn import functional

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = [
    "DISCRIMINATOR_CHANNELS",
    "Discriminator",
    "Generator",
    "LayerHeads",
    "ProjectionHeads",
    "Restorer",
    "Separator",
    "count_parameters",
    "walk",
]

_WIDTH = 32
_BLOCKS = 16

_CALM = 0.3  # of the usual first weights, where a branch is added to what is there already
_BEFORE_DOWN = 4  # the last layer of Separator.encoder at half resolution

DISCRIMINATOR_CHANNELS = {0: 64, 3: 128, 7: 256, 11: 512}
"""Channels of the discriminator's convolutions, by their place in ``Discriminator.model``."""


class Restorer(nn.Module):
    """What can stand as G_B: a network that predicts the background; with these defaults no contrast looks into it.

    Shape:
        rainy: ``(N, 3, H, W)``, values in [-1, 1]; H and W multiples of ``MULTIPLE``.
        returns: the same shape; about [-1, 1], not clamped.
    """

    MULTIPLE: int = 1

    REACH: int = 0
    """Farthest pixel that matters, rounded up; 0 where the whole image does."""

    ENCODER_LAYERS: tuple[int, ...] = ()
    """Layers whose features are compared."""

    ENCODER_CHANNELS: tuple[int, ...] = ()

    def encoding(self) -> nn.Sequential:
        """Return the layers up to the last one whose features are compared."""
        return nn.Sequential()

    def features(self, image: Tensor) -> list[Tensor]:
        """Return the features of ``ENCODER_LAYERS`` alone, one ``(N, C_l, h, w)`` per layer."""
        return walk(self.encoding(), image, self.ENCODER_LAYERS)[1]

    def mapped(self, rainy: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Return the background and the features of ``ENCODER_LAYERS``, from one pass."""
        return self(rainy), []


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


class Generator(Restorer):
    """G_B or G_R: a residual network at full resolution, 316,195 parameters.

    No downsampling, no activation at the end, no skip from input to output. Statistics of the instance
    normalisation are those of the whole image, so a tile of an image gives another result than the image.

    Args:
        guides: Channels of the input behind the image's three.

    Shape:
        rainy: ``(N, 3, H, W)``, values in [-1, 1]; at least two pixels.
        returns: the same shape; about [-1, 1], not clamped.
    """

    def __init__(self, guides: int = 0) -> None:
        super().__init__()
        self.gen = nn.Sequential(
            nn.Conv2d(3 + guides, _WIDTH, 3, padding=1),
            *(_Block() for _ in range(_BLOCKS)),
            _Tail(),
            nn.Conv2d(_WIDTH, 3, 3, padding=1),
        )

    ENCODER_LAYERS = (0, 2, 4, 8, 12)
    """Layers of ``encoder`` whose features the location contrast compares: the stem and four blocks."""

    ENCODER_CHANNELS = (_WIDTH,) * len(ENCODER_LAYERS)

    def encoding(self) -> nn.Sequential:
        """Return the layers up to the last one that the location contrast looks at."""
        return self.gen[: self.ENCODER_LAYERS[-1] + 1]

    def mapped(self, rainy: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Return the predicted layer and the features of ``ENCODER_LAYERS``, from one pass."""
        return walk(self.gen, rainy, self.ENCODER_LAYERS)

    def forward(self, rainy: Tensor) -> Tensor:
        """Return the predicted layer."""
        layer: Tensor = self.gen(rainy)
        return layer


class _Residual(nn.Module):
    """Two convolutions and a skip, without normalisation; begins near the identity."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(width, width, 3, padding=1)
        self.second = nn.Conv2d(width, width, 3, padding=1)
        with torch.no_grad():
            self.second.weight.mul_(_CALM)

    def forward(self, features: Tensor) -> Tensor:
        change: Tensor = self.second(functional.relu(self.first(features)))
        return features + change


class Separator(Restorer):
    """G_B as a subtraction: ``B = O - R``, of which the network predicts R, 358,596 parameters.

    A photograph without rain needs nothing taken away, so it comes out as it went in, and R is ``O - B`` exactly: no
    second network, nothing for self-consistency to repair. No instance normalisation, so what happens at a pixel
    depends on nothing farther away than ``REACH``, and a photograph can be worked in tiles. The work is done at half
    and at a quarter of the resolution, into which pixels are folded without loss (Shi et al., CVPR 2016).

    Args:
        guides: Channels of the input behind the image's three; nothing is taken away from them.

    Shape:
        rainy: ``(N, 3, H, W)``, values in [-1, 1]; H and W multiples of ``MULTIPLE``.
        returns: the same shape; about [-1, 1], not clamped.
    """

    MULTIPLE = 4
    REACH = 64
    ENCODER_LAYERS = (1, 2, 4, 7, 9)
    ENCODER_CHANNELS = (32, 32, 32, 56, 56)

    def __init__(self, guides: int = 0) -> None:
        super().__init__()
        half, quarter = 32, 56
        self.encoder = nn.Sequential(
            nn.PixelUnshuffle(2),
            nn.Conv2d(12 + 4 * guides, half, 3, padding=1),
            *(_Residual(half) for _ in range(3)),
            nn.Conv2d(half, quarter, 2, stride=2),
            *(_Residual(quarter) for _ in range(4)),
        )
        self.up = nn.ConvTranspose2d(quarter, half, 2, stride=2)
        last = nn.Conv2d(half, 12, 3, padding=1)
        self.decoder = nn.Sequential(*(_Residual(half) for _ in range(3)), last, nn.PixelShuffle(2))
        with torch.no_grad():
            last.weight.mul_(_CALM)
            nn.init.zeros_(cast("Tensor", last.bias))

    def encoding(self) -> nn.Sequential:
        """Return the layers at lower resolution on the way in."""
        return self.encoder

    def mapped(self, rainy: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Return the background and the features of ``ENCODER_LAYERS``, from one pass."""
        deep, maps = walk(self.encoder, rainy, self.ENCODER_LAYERS)
        skipped = maps[self.ENCODER_LAYERS.index(_BEFORE_DOWN)]
        rain: Tensor = self.decoder(skipped + self.up(deep))
        return rainy[:, :3] - rain.to(rainy.dtype), maps

    def forward(self, rainy: Tensor) -> Tensor:
        """Return the background."""
        return self.mapped(rainy)[0]


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

    Weights start from Xavier's normal distribution, biases from zero. With a gain as small as the discriminator's
    0.02, the biases outgrow the weights in the first step and every vector becomes the same.

    Args:
        channels: Channels of each feature map.
        width: Dimensions of the sphere's space.
        gain: Of Xavier's distribution.
    """

    def __init__(self, channels: Sequence[int], width: int = 256, gain: float = 1.0) -> None:
        super().__init__()
        self.heads = nn.ModuleList(
            nn.Sequential(nn.Linear(count, width), nn.ReLU(inplace=True), nn.Linear(width, width)) for count in channels
        )
        self.apply(partial(_xavier, gain=gain))

    def forward(self, vectors: Sequence[Tensor]) -> list[Tensor]:
        """Project the vectors of each map.

        Shape:
            vectors: one ``(..., C_l)`` per map.
            returns: one ``(..., width)`` per map, of length 1.
        """
        return [functional.normalize(head(map_), dim=-1) for head, map_ in zip(self.heads, vectors, strict=True)]


class LayerHeads(nn.Module):
    """The projection heads of the layer contrast.

    Args:
        channels: Channels of each feature map.
        width: Dimensions of the sphere's space.
        gain: Of Xavier's distribution.
        shared: One set for both layers. With a set for each, the layers can be told apart by the heads alone, and
            the generators learn nothing.
    """

    def __init__(self, channels: Sequence[int], width: int, gain: float, *, shared: bool) -> None:
        super().__init__()
        self.background = ProjectionHeads(channels, width, gain)
        self.rain = None if shared else ProjectionHeads(channels, width, gain)

    def forward(self, background: Sequence[Tensor], rain: Sequence[Tensor]) -> list[tuple[Tensor, Tensor]]:
        """Project the vectors of both layers.

        Shape:
            background, rain: one ``(N, K, C_l)`` per map; the numbers of vectors K may differ.
            returns: for each map both, ``(N, K, width)``, of length 1.
        """
        if self.rain is not None:
            return list(zip(self.background(background), self.rain(rain), strict=True))
        both = self.background([torch.cat(pair, 1) for pair in zip(background, rain, strict=True)])
        kept = background[0].shape[1]
        return [(vectors[:, :kept], vectors[:, kept:]) for vectors in both]


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


def count_parameters(network: nn.Module) -> int:
    """Return how many numbers a network learns."""
    return sum(parameter.numel() for parameter in network.parameters())
