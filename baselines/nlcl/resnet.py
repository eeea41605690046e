"""The generator of CycleGAN, with nine residual blocks: the larger choice for every method that is trained here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from torch import nn

from baselines.nlcl.networks import Restorer, walk

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["ResNet9"]

_WIDTH = 64
_BLOCKS = 9


class _Block(nn.Module):
    """Two convolutions with instance normalisation, and a skip."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.model = nn.Sequential(
            nn.Conv2d(width, width, 3, padding=1, padding_mode="reflect"),
            nn.InstanceNorm2d(width),
            nn.ReLU(inplace=True),
            nn.Conv2d(width, width, 3, padding=1, padding_mode="reflect"),
            nn.InstanceNorm2d(width),
        )

    def forward(self, features: Tensor) -> Tensor:
        change: Tensor = self.model(features)
        return features + change


class ResNet9(Restorer):
    """A residual network at a quarter of the resolution, 11,378,179 parameters (Zhu et al., ICCV 2017, appendix 7.2).

    ``c7s1-64, d128, d256, R256 x 9, u128, u64, c7s1-3``; weights start from a normal distribution of deviation 0.02.
    Statistics of the instance normalisation are those of the whole image.

    Args:
        guides: Channels of the input behind the image's three.

    Shape:
        rainy: ``(N, 3, H, W)``, values in [-1, 1]; H and W multiples of 4, at least 8.
        returns: the same shape; in [-1, 1].
    """

    MULTIPLE = 4
    ENCODER_LAYERS = (0, 2, 3, 4, 8)
    """As in CUT: the pixels, the two halvings, the first and the fifth block (Park et al., ECCV 2020, appendix C)."""

    def __init__(self, guides: int = 0) -> None:
        super().__init__()
        self.ENCODER_CHANNELS = (3 + guides, 2 * _WIDTH, 4 * _WIDTH, 4 * _WIDTH, 4 * _WIDTH)
        self.layers = nn.Sequential(
            nn.ReflectionPad2d(3),
            _activated(nn.Conv2d(3 + guides, _WIDTH, 7)),
            _activated(nn.Conv2d(_WIDTH, 2 * _WIDTH, 3, stride=2, padding=1)),
            _activated(nn.Conv2d(2 * _WIDTH, 4 * _WIDTH, 3, stride=2, padding=1)),
            *(_Block(4 * _WIDTH) for _ in range(_BLOCKS)),
            _activated(nn.ConvTranspose2d(4 * _WIDTH, 2 * _WIDTH, 3, stride=2, padding=1, output_padding=1)),
            _activated(nn.ConvTranspose2d(2 * _WIDTH, _WIDTH, 3, stride=2, padding=1, output_padding=1)),
            nn.ReflectionPad2d(3),
            nn.Conv2d(_WIDTH, 3, 7),
            nn.Tanh(),
        )
        self.apply(_begin)

    def encoding(self) -> nn.Sequential:
        """Return the layers up to the last one whose features are compared."""
        return self.layers[: self.ENCODER_LAYERS[-1] + 1]

    def mapped(self, rainy: Tensor) -> tuple[Tensor, list[Tensor]]:
        """Return the background and the features of ``ENCODER_LAYERS``, from one pass."""
        return walk(self.layers, rainy, self.ENCODER_LAYERS)

    def forward(self, rainy: Tensor) -> Tensor:
        """Return the background."""
        background: Tensor = self.layers(rainy)
        return background


def _activated(convolution: nn.Conv2d | nn.ConvTranspose2d) -> nn.Sequential:
    return nn.Sequential(convolution, nn.InstanceNorm2d(convolution.out_channels), nn.ReLU(inplace=True))


def _begin(module: nn.Module) -> None:
    if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
        nn.init.normal_(module.weight, 0, 0.02)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
