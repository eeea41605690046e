"""The networks with weights: read from a file of ours or of the authors', and as derainers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch

from baselines.tensors import read_tensors, require_layout, require_size
from baselines.tiles import in_tiles
from nlcl_bench.core.errors import ArtifactError

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor, nn

    from baselines.networks.architectures import Architecture
    from nlcl_bench.methods.spec import Derainer

__all__ = ["load", "load_network"]

SIDE = 704
"""Of a tile, in pixels: the recurrent networks keep a dozen maps of 32 channels, 1.5 kB for a pixel."""

_LARGEST_BYTES = 8 * 2**20  # SPANet's published file has 3.5 MB, its optimiser's state included


def load_network(architecture: Architecture, path: Path) -> nn.Module:
    """Read the weights of a network from ``.safetensors`` or from a pickle of tensors; no code in it is run.

    Args:
        architecture: What it is to hold.
        path: The file; its numbers may be of any precision.

    Returns:
        The network, in float32, on the CPU.

    Raises:
        ArtifactError: The file is missing, damaged, too large, or holds another network.
    """
    fix = f"give a .safetensors or .pth file of {architecture.title}"
    require_size(path, _LARGEST_BYTES, fix)
    state = read_tensors(path, fix, architecture.inside)
    network = architecture.new()
    require_layout(state, network.state_dict(), path, fix)
    network.load_state_dict(state)
    return network


def load(architecture: Architecture, device: torch.device, weights: Path | None) -> Derainer:
    """Return the derainer of a weight file.

    Args:
        architecture: The network.
        device: Where it runs.
        weights: The file; see :func:`load_network`.

    Raises:
        ArtifactError: There is no file, or it does not fit.
    """
    if weights is None:
        raise ArtifactError(
            "needs a weight file",
            where=architecture.title,
            fix="train one with nlcl-bench train; give it with --weights",
        )
    network = load_network(architecture, weights).to(device).eval().requires_grad_(requires_grad=False)

    @torch.inference_mode()
    def whole(rainy: Tensor) -> Tensor:
        background: Tensor = network(rainy)
        return background

    @torch.inference_mode()
    def in_parts(rainy: Tensor) -> Tensor:
        return in_tiles(network, rainy, reach=architecture.reach, multiple=architecture.size.multiple_of, side=SIDE)

    return in_parts if architecture.tiling == "own" else whole
