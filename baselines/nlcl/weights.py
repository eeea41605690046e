"""Weight files of the background generator, ours and the authors', told apart by their tensors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from baselines.nlcl.networks import Generator, Separator
from baselines.tensors import read_tensors, require_layout, require_size

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["load_generator"]

_LARGEST_BYTES = 4 * 2**20  # a generator's file has 1.3 MB, a separator's 1.4


def load_generator(path: Path) -> Generator | Separator:
    """Read the weights of G_B from our ``.safetensors`` or the authors' ``.pth``; no code in them is run.

    Args:
        path: The file. Its tensors' names tell which of the two networks it holds; numbers may be of any precision.

    Returns:
        The network, in float32, on the CPU.

    Raises:
        ArtifactError: The file is missing, damaged, too large, or holds another network.
    """
    fix = "give a .safetensors or .pth file of NLCL's background generator"
    require_size(path, _LARGEST_BYTES, fix)
    state = read_tensors(path, fix)
    generator: Generator | Separator = Generator() if "gen.0.weight" in state else Separator()
    require_layout(state, generator.state_dict(), path, fix)
    generator.load_state_dict(state)
    return generator
