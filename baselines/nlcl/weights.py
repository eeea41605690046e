"""Weight files: ours and strangers', read without running anything in them and checked before they are used."""

from __future__ import annotations

import pickle
import struct
import warnings
import zipfile
from typing import TYPE_CHECKING

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from baselines.nlcl.networks import Generator, Separator
from nlcl_bench.core.errors import ArtifactError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["load_generator", "read_tensors", "require_layout"]

_LARGEST_BYTES = (
    4 * 2**20
)  # a generator's file has 1.3 MB, a separator's 1.4; no stranger's file may fill the memory, unpacked or not

# What torch's restricted unpickler is known to raise on damaged or foreign files.
_DAMAGED = (
    pickle.UnpicklingError,
    SafetensorError,
    zipfile.BadZipFile,
    struct.error,
    RuntimeError,
    OSError,
    EOFError,
    ValueError,
    LookupError,
    TypeError,
    AttributeError,
    ArithmeticError,
    MemoryError,
    AssertionError,
)


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
    if path.is_dir():
        raise ArtifactError("is a folder", where=path, fix="give the file background.safetensors in it")
    if path.is_file() and path.stat().st_size > _LARGEST_BYTES:
        raise ArtifactError("is too large for a generator of 1.4 MB", where=path, fix=fix)
    state = read_tensors(path, fix)
    generator: Generator | Separator = Generator() if "gen.0.weight" in state else Separator()
    require_layout(state, generator.state_dict(), path, fix)
    generator.load_state_dict(state)
    return generator


def read_tensors(path: Path, fix: str) -> Mapping[str, Tensor]:
    """Read a table of tensors from ``.safetensors``, or from a pickle of tensors without code.

    Args:
        path: The file.
        fix: What to tell the user to do if it cannot be used.

    Raises:
        ArtifactError: The file is missing, damaged, or would run code.
    """
    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch warns of odd files; whatever comes out is checked
            state = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as error:
        raise ArtifactError("no such file", where=path, fix=fix) from error
    except _DAMAGED as error:
        raise ArtifactError(
            f"is no weight file, or is damaged, or holds code ({type(error).__name__})", where=path, fix=fix
        ) from error
    if not isinstance(state, dict) or not all(isinstance(value, Tensor) for value in state.values()):
        raise ArtifactError("holds no table of tensors", where=path, fix=fix)
    return state


def require_layout(state: Mapping[str, Tensor], wanted: Mapping[str, Tensor], path: Path, fix: str) -> None:
    """Make sure that tensors are those of a network: same names, same shapes, finite numbers of the same kind.

    Args:
        state: The tensors.
        wanted: Tensors of the right names and shapes.
        path: The file they come from.
        fix: What to tell the user to do if they are not.

    Raises:
        ArtifactError: They are not.
    """
    for name, tensor in wanted.items():
        if name not in state:
            raise ArtifactError(f"holds another network: it lacks the tensor {name}", where=path, fix=fix)
        found = state[name]
        if found.shape != tensor.shape:
            shapes = f"{tuple(found.shape)}, not {tuple(tensor.shape)}"
            raise ArtifactError(f"holds another network: {name} has shape {shapes}", where=path, fix=fix)
        plain = found.layout is torch.strided and found.device.type == "cpu"
        plain = plain and (found.dtype == tensor.dtype or (found.is_floating_point() and tensor.is_floating_point()))
        if not plain or not bool(found.isfinite().all()):
            raise ArtifactError(f"tensor {name} holds values that are no finite numbers", where=path, fix=fix)
    extra = [str(name) for name in state if name not in wanted]
    if extra:
        raise ArtifactError(
            f"holds another network: {len(extra)} tensors too many, the first {extra[0]:.60}", where=path, fix=fix
        )
