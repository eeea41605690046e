"""A network of the field in the place of G_B, trained by the same steps on the same rendered rain.

NLCL's networks see values in [-1, 1] and the field's in [0, 1]; the rest is the recipe's business.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from baselines.nlcl.networks import Restorer

if TYPE_CHECKING:
    from torch import Tensor, nn

__all__ = ["Supervised"]


class Supervised(Restorer):
    """A network that gives the background of a rainy image, both in [0, 1], as a G_B that no contrast looks into.

    Args:
        network: The network.

    Shape:
        rainy: ``(N, 3, H, W)``, values in [-1, 1].
        returns: the same shape; about [-1, 1], not clamped.
    """

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, rainy: Tensor) -> Tensor:
        """Return the background."""
        background: Tensor = self.network((rainy + 1) / 2)
        return background.to(rainy.dtype) * 2 - 1
