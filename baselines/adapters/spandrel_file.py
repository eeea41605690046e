"""``spandrel:FILE``: a checkpoint of a public architecture, which spandrel tells by its tensors' names. The door to it.

NAFNet, Uformer, SwinIR, KBNet, DRUNet and many more are known to spandrel (MIT), each under its own authors' licence.
Restormer and MPRNet are known only with ``spandrel_extra_arches``, whose architectures are not for commercial use: the
extra ``noncommercial``. The checkpoint is read as a table of tensors; a pickle that holds code is refused.
"""

from __future__ import annotations

import pickle
import warnings
from functools import partial
from typing import TYPE_CHECKING, Any

from baselines.adapters.declared import PADDED, ROUNDED, Sides, described, or_not_stated, own_file, read, stem
from baselines.adapters.spoken import Convention, tiling_of, translated
from nlcl_bench.core.artifacts import obtain
from nlcl_bench.core.errors import ArtifactError, InputError
from nlcl_bench.methods.spec import Interface, SizeRule

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import torch

    from nlcl_bench.core.artifacts import Artifact
    from nlcl_bench.methods.spec import Derainer, MethodSpec

__all__ = ["of_file", "read_checkpoint", "spandrel"]

_KIND = "spandrel"
_COLOURS = 3

# What reading a damaged or foreign checkpoint is known to raise.
_DAMAGED = (pickle.UnpicklingError, RuntimeError, OSError, EOFError, ValueError, LookupError, TypeError, AttributeError)


def spandrel(argument: str, declared: Mapping[str, str], /) -> MethodSpec:
    """Make a method of a checkpoint: :class:`nlcl_bench.methods.spec.Adapter`.

    Raises:
        InputError: There is no such file, a declaration cannot be used, or spandrel is not installed.
        ArtifactError: The file is damaged, holds code, or is of no architecture that spandrel knows.
    """
    told = read(Sides, _KIND, declared)
    file = own_file(_KIND, argument, told)
    return of_file(file, f"{_KIND}: {file.name}", told)


def of_file(file: Artifact, source: str, told: Sides) -> MethodSpec:
    """Make a method of a checkpoint, which is opened to see what it is.

    Args:
        file: The file.
        source: What it is, in words.
        told: What the user says of it.
    """
    model = _model(obtain(file))
    wants = model.size_requirements
    multiple = int(wants.multiple_of)
    return described(
        _KIND,
        stem(file),
        told,
        interface=Interface(
            source=f"{source}, {model.architecture.name}",
            range="0..1",
            colour="rgb",
            multiple_of=str(multiple),
            padding=PADDED,
            output="background",
            rounding=ROUNDED,
            tiling=tiling_of(told),
            deterministic=or_not_stated(told.deterministic),
        ),
        load=_load,
        size=SizeRule(multiple_of=multiple, minimum=max(1, int(wants.minimum))),
        tiling=told.tiling or "changes_result",
        reach=told.reach,
        parameters=sum(tensor.numel() for tensor in model.model.parameters()),
        weights=file,
    )


def _load(device: torch.device, weights: Path | None) -> Derainer:
    if weights is None:
        raise ArtifactError("needs its file", where=_KIND, fix="report this")
    model = _model(weights).to(device).eval()
    return translated(partial(_run, model), Convention())


def _run(model: Any, rainy: torch.Tensor) -> torch.Tensor:
    background: torch.Tensor = model(rainy)
    return background


def _model(path: Path) -> Any:
    """Return spandrel's description of the model of a checkpoint, in float32.

    Raises:
        InputError: spandrel is not installed.
        ArtifactError: The file is none of a network from three colours to three of the same size.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its architectures are defined in ways that torch is about to give up
        try:
            import spandrel as library
        except ImportError as error:
            raise InputError("spandrel is missing", where=f"{_KIND}:", fix="install nlcl-bench[spandrel]") from error
        more = _with_noncommercial()
    known = "Restormer and MPRNet are known" if more else "install nlcl-bench[noncommercial] for more"
    state = library.canonicalize_state_dict(read_checkpoint(path))
    try:
        model = library.ModelLoader().load_from_state_dict(state)
    except library.UnsupportedModelError as error:
        raise ArtifactError("is of no architecture that spandrel knows", where=path, fix=known) from error
    except _DAMAGED as error:
        raise ArtifactError(
            f"does not fit its architecture ({type(error).__name__})", where=path, fix="use another checkpoint"
        ) from error
    if not isinstance(model, library.ImageModelDescriptor):
        raise ArtifactError(f"{model.architecture.name} takes more than an image", where=path, fix="use another one")
    if (model.input_channels, model.output_channels, model.scale) != (_COLOURS, _COLOURS, 1):
        what = f"{model.input_channels} to {model.output_channels} channels, {model.scale} times the size"
        raise ArtifactError(f"is a {model.architecture.name} of {what}", where=path, fix="use one that keeps the size")
    return model.float()


def _with_noncommercial() -> bool:
    """Tell spandrel of the architectures of the further package, if it is installed; return whether it is."""
    try:
        import spandrel_extra_arches
    except ImportError:
        return False
    spandrel_extra_arches.install(ignore_duplicates=True)
    return True


def read_checkpoint(path: Path) -> dict[str, Any]:
    """Read a table of tensors, or one that holds such a table, without running anything in the file.

    Raises:
        ArtifactError: The file is damaged, holds code, or no table.
    """
    import torch
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        if path.suffix == ".safetensors":
            return dict(load_file(path))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch warns of odd files; whatever comes out is checked
            state = torch.load(path, map_location="cpu", weights_only=True)
    except (SafetensorError, *_DAMAGED) as error:
        raise ArtifactError(
            f"is no checkpoint, or is damaged, or holds code ({type(error).__name__})",
            where=path,
            fix="use a .safetensors file, or a .pth file of tensors alone",
        ) from error
    if not isinstance(state, dict) or not _has_tensors(state):
        raise ArtifactError("holds no table of tensors", where=path, fix="use a state dict")
    return state


def _has_tensors(state: Mapping[Any, Any]) -> bool:
    """Tell whether a table, or a table in it, holds tensors."""
    import torch

    inner = [value for value in state.values() if isinstance(value, dict)]
    return any(isinstance(value, torch.Tensor) for one in (state, *inner) for value in one.values())
