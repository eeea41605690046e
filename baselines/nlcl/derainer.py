"""NLCL as a derainer: the network that predicts the background, from [0, 1] to [0, 1], on photographs of any size."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from baselines.nlcl.lockstep import WHOLE, in_lockstep
from baselines.nlcl.networks import Generator, Separator
from baselines.nlcl.weights import load_generator
from baselines.tiles import in_tiles
from nlcl_bench.core.errors import ArtifactError

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

    from nlcl_bench.methods.spec import Derainer

__all__ = ["load"]


def load(device: torch.device, weights: Path | None) -> Derainer:
    """Return the derainer of a weight file.

    The output is the predicted background B itself; ``B + R`` only approximates O, so ``O - R`` is not used.

    Args:
        device: Where it runs.
        weights: Weights of G_B; see :func:`baselines.nlcl.weights.load_generator`.

    Raises:
        ArtifactError: The file is missing, damaged or holds another network.
    """
    if weights is None:
        raise ArtifactError("needs a weight file", where="nlcl", fix="give one with --weights FILE")
    generator = load_generator(weights).to(device).eval().requires_grad_(requires_grad=False)

    @torch.inference_mode()
    def derain(rainy: Tensor) -> Tensor:
        return _background(generator, rainy * 2 - 1).add_(1).div_(2)

    return derain


def _background(generator: Generator | Separator, rainy: Tensor) -> Tensor:
    """Return what the network makes of whole images, in no more than 3 GB for 12 megapixels."""
    if isinstance(generator, Separator):
        return in_tiles(generator, rainy, reach=generator.REACH, multiple=generator.MULTIPLE)
    if rainy.shape[-2] * rainy.shape[-1] <= WHOLE:
        background: Tensor = generator(rainy)
        return background
    return in_lockstep(generator, rainy)
