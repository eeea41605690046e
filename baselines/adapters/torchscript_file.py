"""``torchscript:FILE``: a network with its code in one file.

TorchScript is code, if not Python's: what it may do is not limited to arithmetic. So a file is opened only if the user
declares its sha256, which says: this very file, from somebody I trust.
"""

from __future__ import annotations

import warnings
from functools import partial
from typing import TYPE_CHECKING

from baselines.adapters.declared import described, own_file, read, stem
from baselines.adapters.spoken import Spoken, convention, interface, size_rule, translated
from nlcl_bench.core.errors import ArtifactError, InputError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import torch

    from baselines.adapters.spoken import Convention
    from nlcl_bench.core.artifacts import Artifact
    from nlcl_bench.methods.spec import Derainer, MethodSpec

__all__ = ["of_file", "torchscript"]

_KIND = "torchscript"


def torchscript(argument: str, declared: Mapping[str, str], /) -> MethodSpec:
    """Make a method of a TorchScript file: :class:`nlcl_bench.methods.spec.Adapter`.

    Raises:
        InputError: There is no such file, a declaration cannot be used, or the digest is not declared.
        ArtifactError: The file is another one than the declared.
    """
    told = read(Spoken, _KIND, declared)
    file = own_file(_KIND, argument, told)
    if told.sha256 is None:
        raise InputError(
            "TorchScript is code, which is run only if you say which file you trust",
            where=f"{_KIND}:{argument}",
            fix=f"if it is this one: --declare sha256={file.sha256}",
        )
    return of_file(file, f"{_KIND}: {file.name}", told)


def of_file(file: Artifact, source: str, told: Spoken) -> MethodSpec:
    """Make a method of a file whose digest the user has declared; it is not opened yet.

    Args:
        file: The file.
        source: What it is, in words.
        told: What the user says of it.
    """
    return described(
        _KIND,
        stem(file),
        told,
        interface=interface(source, told),
        load=partial(_load, convention(told)),
        size=size_rule(told),
        tiling=told.tiling or "changes_result",
        reach=told.reach,
        weights=file,
    )


def _load(speaks: Convention, device: torch.device, weights: Path | None) -> Derainer:
    import torch

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # torch advises another format to whoever writes one
        try:
            network = torch.jit.load(str(weights), map_location=device).eval()  # type: ignore[no-untyped-call]
        except (RuntimeError, ValueError, OSError) as error:
            raise ArtifactError(
                f"is no TorchScript file, or is damaged ({type(error).__name__})", where=weights, fix="export it again"
            ) from error
    return translated(network, speaks)
