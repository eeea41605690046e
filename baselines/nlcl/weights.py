"""Weight files of the background generator, ours and the authors', told apart by the names of their tensors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from baselines.nlcl.attention import Attentive
from baselines.nlcl.networks import Generator, Restorer, Separator
from baselines.nlcl.resnet import ResNet9
from baselines.tensors import read_tensors, require_layout, require_size

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

__all__ = ["load_generator"]

_LARGEST_BYTES = 46 * 10**6  # ResNet-9 in float32 has 45.5 MB; a generator's file has 1.3, a separator's 1.4


def load_generator(path: Path) -> Restorer:
    """Read the weights of G_B from our ``.safetensors`` or the authors' ``.pth``; no code in them is run.

    Args:
        path: The file. Its tensors' names tell which of the networks it holds; numbers may be of any precision.

    Returns:
        The network, in float32, on the CPU.

    Raises:
        ArtifactError: The file is missing, damaged, too large, or holds another network.
    """
    fix = "give a .safetensors or .pth file of NLCL's background generator"
    require_size(path, _LARGEST_BYTES, fix)
    state = read_tensors(path, fix)
    generator = _named_like(state)
    require_layout(state, generator.state_dict(), path, fix)
    generator.load_state_dict(state)
    return generator


def _named_like(names: Collection[str]) -> Restorer:
    """Return the network whose tensors have such names; one that does not fit is found out later."""
    guided = any(name.startswith("detector.") for name in names)
    marks: dict[str, type[Generator | ResNet9]] = {"gen.0.weight": Generator, "layers.1.0.weight": ResNet9}
    before = "generator." if guided else ""
    kind = next((kind for mark, kind in marks.items() if before + mark in names), Separator)
    return Attentive(kind(guides=1)) if guided else kind()
