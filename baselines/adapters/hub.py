"""``hub:ORG/NAME@REVISION/FILE``: a model file of the Hugging Face Hub, fetched once, pinned by its sha256.

Its suffix tells which of the other adapters takes it from there.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from baselines.adapters import onnx_file, spandrel_file, torchscript_file
from baselines.adapters.declared import Sides, or_not_stated, read
from baselines.adapters.spoken import Spoken
from nlcl_bench.core.artifacts import Artifact
from nlcl_bench.core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from nlcl_bench.methods.spec import MethodSpec

__all__ = ["hub"]

_KIND = "hub"
_WORD = r"[A-Za-z0-9_][A-Za-z0-9_.-]*"  # so that no part is "..", for the parts become folders of the cache
_ADDRESS = re.compile(rf"(?P<repo>{_WORD}/{_WORD})@(?P<revision>{_WORD})/(?P<file>{_WORD}(?:/{_WORD})*)")

_SUFFIXES = {
    "onnx": (".onnx",),
    "torchscript": (".pt", ".ts", ".torchscript"),
    "spandrel": (".safetensors", ".pth", ".ckpt", ".bin"),
}
_KINDS = {suffix: kind for kind, suffixes in _SUFFIXES.items() for suffix in suffixes}

_ADAPTERS: dict[str, tuple[type[Sides], Callable[[Artifact, str, Any], MethodSpec]]] = {
    "onnx": (onnx_file.Ported, onnx_file.of_file),
    "torchscript": (Spoken, torchscript_file.of_file),
    "spandrel": (Sides, spandrel_file.of_file),
}


def hub(argument: str, declared: Mapping[str, str], /) -> MethodSpec:
    """Make a method of a file on the Hub: :class:`nlcl_bench.methods.spec.Adapter`.

    Raises:
        InputError: The address, its suffix or a declaration cannot be used, or the sha256 is not declared.
        ArtifactError: The file cannot be had, or is not the declared one.
    """
    found = _ADDRESS.fullmatch(argument)
    where = f"{_KIND}:{argument}"
    if found is None:
        raise InputError("is no address of a file", where=where, fix="write hub:ORG/NAME@REVISION/FILE")
    suffix = "." + found["file"].rpartition(".")[2]
    if suffix not in _KINDS:
        raise InputError("is of no kind that can be run", where=where, fix=f"there are: {', '.join(sorted(_KINDS))}")
    shape, of_file = _ADAPTERS[_KINDS[suffix]]
    told = read(shape, _KIND, declared)
    if told.sha256 is None:
        raise InputError(
            "has to be pinned", where=where, fix="--declare sha256=..., as the Hub shows it beside the file"
        )
    file = Artifact(
        name=f"hub/{found['repo']}/{found['revision']}/{found['file']}",
        source=f"hf://{argument}",
        sha256=told.sha256,
        size=None,
        licence=or_not_stated(told.licence),
    )
    return of_file(file, where, told)
