"""What an evaluation starts from besides a benchmark: the method's weight file."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlcl_bench.core.artifacts import obtain
from nlcl_bench.core.errors import ArtifactError, InputError

if TYPE_CHECKING:
    from pathlib import Path

    from nlcl_bench.methods.spec import MethodSpec

__all__ = ["method_weights"]


def method_weights(spec: MethodSpec, given: Path | None) -> Path | None:
    """Return the weight file to use: the given one, else the method's own, fetched and verified.

    Raises:
        InputError: The method takes no weights, or the file does not exist.
        ArtifactError: The method's own file cannot be had, or it has none.
    """
    if given is not None:
        if not spec.takes_weights:
            raise InputError("takes no weights", where=spec.name, fix="leave out --weights")
        if not given.is_file():
            raise InputError("no such weight file", where=given, fix="check the spelling")
        return given
    if spec.weights is not None:
        return obtain(spec.weights)
    if spec.takes_weights:
        raise ArtifactError("has no weights of its own", where=spec.name, fix="give a file with --weights")
    return None
