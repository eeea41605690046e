"""NLCL as a derainer: the network that predicts the background, from [0, 1] to [0, 1], on photographs of any size."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from baselines.nlcl.attention import Attentive
from baselines.nlcl.lockstep import WHOLE, in_lockstep
from baselines.nlcl.networks import Generator
from baselines.nlcl.weights import load_generator
from baselines.tiles import SIDE, in_tiles
from nlcl_bench.core.errors import ArtifactError

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

    from baselines.nlcl.networks import Restorer
    from nlcl_bench.methods.spec import Derainer

__all__ = ["load"]

_ATTENTIVE_SIDE = 512  # pixels; a detector's gates take 0.5 kB for each


def load(device: torch.device, weights: Path | None, name: str = "nlcl") -> Derainer:
    """Return the derainer of a weight file.

    The output is the predicted background B itself; ``B + R`` only approximates O, so ``O - R`` is not used.

    Args:
        device: Where it runs.
        weights: Weights of G_B; see :func:`baselines.nlcl.weights.load_generator`.
        name: Of the method, for messages.

    Raises:
        ArtifactError: The file is missing, damaged or holds another network.
    """
    if weights is None:
        raise ArtifactError("needs a weight file", where=name, fix="give one with --weights FILE")
    generator = load_generator(weights).to(device).eval().requires_grad_(requires_grad=False)

    @torch.inference_mode()
    def derain(rainy: Tensor) -> Tensor:
        return _background(generator, rainy * 2 - 1).add_(1).div_(2)

    return derain


def _background(generator: Restorer, rainy: Tensor) -> Tensor:
    """Return what the network makes of whole images, in no more than 3 GB for 12 megapixels but for ResNet-9."""
    if generator.REACH:
        side = _ATTENTIVE_SIDE if isinstance(generator, Attentive) else SIDE
        return in_tiles(generator, rainy, reach=generator.REACH, multiple=generator.MULTIPLE, side=side)
    if isinstance(generator, Generator) and rainy.shape[-2] * rainy.shape[-1] > WHOLE:
        return in_lockstep(generator, rainy)
    background: Tensor = generator(rainy)
    return background
