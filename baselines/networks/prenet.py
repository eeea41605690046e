"""PReNet and its kin: a shallow residual network that looks at its own last result, six times.

Ren, Zuo, Hu, Zhu and Meng, Progressive Image Deraining Networks: A Better and Simpler Baseline, CVPR 2019. Module names
are those under which the authors' weights are stored.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

import torch
from torch import nn
from torch.nn import functional

if TYPE_CHECKING:
    from torch import Tensor

__all__ = ["PReNet"]

_WIDTH = 32
_BLOCKS = 5


def _activated(channels: int, activation: nn.Module) -> nn.Sequential:
    return nn.Sequential(nn.Conv2d(channels, _WIDTH, 3, padding=1), activation)


def _block() -> nn.Sequential:
    convolutions = (nn.Conv2d(_WIDTH, _WIDTH, 3, padding=1) for _ in range(2))
    return nn.Sequential(next(convolutions), nn.ReLU(), next(convolutions), nn.ReLU())


class PReNet(nn.Module):
    """PReNet (168,963 parameters), PReNet_r (94,979), PRN (95,107) and PRN_r (21,123).

    A stage sees the rainy image beside the last stage's result: ``x' = f_in(O, B)``, ``s = f_recurrent(x', s)``,
    ``B = O + f_out(f_res(s))``, f_recurrent being a convolutional LSTM. All stages share their weights. The paper's
    equations have no ``O +``; the published weights do nothing sensible without.

    Args:
        recurrent: With the LSTM between the stages (PReNet); without, the result alone is handed on (PRN).
        shared: One residual block, used five times over ("_r"), instead of five.
        stages: How often all is done.

    Shape:
        rainy: ``(N, 3, H, W)``, values in [0, 1].
        returns: the same; about [0, 1], not clamped.
    """

    def __init__(self, *, recurrent: bool, shared: bool, stages: int = 6) -> None:
        super().__init__()
        self.stages = stages
        self.recurrent = recurrent
        self.conv0 = _activated(6, nn.ReLU())
        if recurrent:
            self.conv_i, self.conv_f, self.conv_o = (_activated(2 * _WIDTH, nn.Sigmoid()) for _ in range(3))
            self.conv_g = _activated(2 * _WIDTH, nn.Tanh())
        self.order = [f"res_conv{1 if shared else index}" for index in range(1, _BLOCKS + 1)]
        for name in dict.fromkeys(self.order):
            self.add_module(name, _block())
        self.conv = nn.Sequential(nn.Conv2d(_WIDTH, 3, 3, padding=1))

    def forward(self, rainy: Tensor) -> Tensor:
        """Return the background."""
        background = rainy
        hidden = cell = rainy.new_zeros(len(rainy), _WIDTH, *rainy.shape[-2:])
        for _ in range(self.stages):
            features = self.conv0(torch.cat((rainy, background), 1))
            if self.recurrent:
                hidden, cell = self._remember(features, hidden, cell)
                features = hidden
            for name in self.order:
                features = functional.relu(self.get_submodule(name)(features) + features)
            background = rainy + cast("Tensor", self.conv(features))
        return background

    def _remember(self, features: Tensor, hidden: Tensor, cell: Tensor) -> tuple[Tensor, Tensor]:
        """Return the LSTM's next hidden state and cell: ``c = f c + i g``, ``h = o tanh(c)``."""
        seen = torch.cat((features, hidden), 1)
        cell = self.conv_f(seen) * cell + self.conv_i(seen) * self.conv_g(seen)
        return self.conv_o(seen) * torch.tanh(cell), cell
