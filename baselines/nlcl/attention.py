"""A detector of rain in front of a generator, as DerainCycleGAN has it (Wei et al., TIP 2021).

The detector looks at the image several times, each time together with what it has found before, and gives a map of how
much brighter rain makes each pixel. The generator sees the image with that map as a fourth channel.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn

from baselines.nlcl.networks import Restorer

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["Attentive", "Detector"]

_WIDTH = 32
_LOOKS = 6
_BLOCKS = 5
_FIRST_GUESS = 0.5


class _Block(nn.Module):
    """Two rectified convolutions and a skip."""

    def __init__(self) -> None:
        super().__init__()
        self.model = nn.Sequential(_rectified(_WIDTH), _rectified(_WIDTH))

    def forward(self, features: Tensor) -> Tensor:
        change: Tensor = self.model(features)
        return torch.relu(features + change)


class Detector(nn.Module):
    """The rain attentive detector: a convolutional LSTM that looks six times, 167,809 parameters.

    Shape:
        image: ``(N, 3, H, W)``, values in [-1, 1].
        returns: what the last look gives, ``(N, 1, H, W)``, in the units of the image; about 0 where there is no rain.
    """

    REACH = _LOOKS * (3 + 2 * _BLOCKS)
    """Farthest pixel that matters: 13 convolutions in a row, six times."""

    def __init__(self) -> None:
        super().__init__()
        self.first = _rectified(4)
        self.gates = nn.Conv2d(2 * _WIDTH, 4 * _WIDTH, 3, padding=1)
        self.blocks = nn.Sequential(*(_Block() for _ in range(_BLOCKS)))
        self.last = nn.Conv2d(_WIDTH, 1, 3, padding=1)

    def forward(self, image: Tensor) -> Tensor:
        """Return the map."""
        found = image.new_full((len(image), 1, *image.shape[2:]), _FIRST_GUESS)
        state = output = image.new_zeros(len(image), _WIDTH, *image.shape[2:])
        for _ in range(_LOOKS):
            seen = self.first(torch.cat((image, found), 1))
            enter, forget, leave, new = self.gates(torch.cat((seen, output), 1)).chunk(4, 1)
            state = forget.sigmoid() * state + enter.sigmoid() * new.tanh()
            output = leave.sigmoid() * state.tanh()
            found = self.last(self.blocks(output)).to(image.dtype)
        return found


class Attentive(Restorer):
    """A generator that is shown where it rains.

    Args:
        generator: Takes a channel more than an image has.

    Shape:
        rainy: ``(N, 3, H, W)``, values in [-1, 1]; H and W multiples of ``MULTIPLE``.
        returns: the same shape.
    """

    def __init__(self, generator: Restorer) -> None:
        super().__init__()
        self.detector = Detector()
        self.generator = generator
        self.MULTIPLE = generator.MULTIPLE
        self.REACH = generator.REACH and generator.REACH + Detector.REACH

    def forward(self, rainy: Tensor) -> Tensor:
        """Return the background."""
        background: Tensor = self.generator(torch.cat((rainy, self.detector(rainy)), 1))
        return background


def _rectified(channels: int) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(channels, _WIDTH, 3, padding=1), nn.ReLU(inplace=True))
