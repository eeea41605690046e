"""Weight files of strangers, read without running anything in them and checked before they are used."""

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

from nlcl_bench.core.errors import ArtifactError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["read_tensors", "require_layout", "require_size"]

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


def require_size(path: Path, largest: int, fix: str) -> None:
    """Make sure that a stranger's file will not fill the memory, unpacked or not.

    Args:
        path: The file; whether it exists is seen when it is read.
        largest: Bytes that it may have.
        fix: What to tell the user to do if it has more.

    Raises:
        ArtifactError: It is too large, or a folder.
    """
    if path.is_dir():
        raise ArtifactError("is a folder", where=path, fix="give the file background.safetensors in it")
    if path.is_file() and path.stat().st_size > largest:
        raise ArtifactError(f"is too large: more than {largest / 1e6:.1f} MB", where=path, fix=fix)


def read_tensors(path: Path, fix: str, inside: str | None = None) -> Mapping[str, Tensor]:
    """Read a table of tensors from ``.safetensors``, or from a pickle of tensors without code.

    Args:
        path: The file.
        fix: What to tell the user to do if it cannot be used.
        inside: Where the file is a table that has this key, the table is what stands under it.

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
    if isinstance(state, dict) and inside in state:
        state = state[inside]
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
