"""Applying a method to one image, with every promise of the contract checked in this one place.

A method is a stranger's code, so whatever it raises becomes a ContractError that names it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from nlcl_bench.core.errors import ContractError, InputError, NLCLBenchError
from nlcl_bench.evaluation.tiling import tiled

if TYPE_CHECKING:
    from pathlib import Path

    import torch
    from torch import Tensor

    from nlcl_bench.methods.spec import Derainer, MethodSpec, SizeRule

__all__ = ["apply", "load_method", "reflected"]


def load_method(spec: MethodSpec, device: torch.device, weights: Path | None) -> Derainer:
    """Load a method on a device.

    Raises:
        ArtifactError: Its weights do not fit.
        ContractError: Its loader raised something else.
    """
    try:
        return spec.load(device, weights)
    except NLCLBenchError:
        raise
    except Exception as error:  # a plug-in's loader may raise anything
        raise ContractError(
            f"could not be loaded: {type(error).__name__}: {error}", where=spec.name, fix="report it to its authors"
        ) from error


def apply(derainer: Derainer, spec: MethodSpec, rainy: Tensor, tile: int = 0) -> Tensor:
    """Derain one image of any size.

    The image is padded by reflection to what the method takes and cropped again; it is cut into tiles only if asked,
    and never for a method that keeps its memory within bounds by itself.

    Args:
        derainer: The loaded method.
        spec: Its description.
        rainy: The image, on the method's device.
        tile: Side of the tiles in pixels; 0 for the whole image.

    Shape:
        rainy: float32 ``(3, H, W)``, in [0, 1].
        returns: the same, clamped to [0, 1].

    Raises:
        ContractError: The method raised, changed its input, or returned another shape, type or device, or values
            that are not finite.
        InputError: The method cannot be tiled, or the tile's size is wrong.
    """
    import torch

    if tile and spec.tiling == "forbidden":
        raise InputError("cannot work in tiles", where=spec.name, fix="leave out --tile")
    height, width = rainy.shape[-2:]
    padded = _pad(rainy[None], spec.size)
    whole = not tile or spec.tiling == "own" or max(padded.shape[-2:]) <= tile

    def checked(batch: Tensor) -> Tensor:
        return _call(derainer, spec, batch)

    with torch.inference_mode():
        derained = checked(padded) if whole else tiled(checked, padded, tile, reach=spec.reach, size=spec.size)
    return derained[0, :, :height, :width].clamp(0, 1)


def _call(derainer: Derainer, spec: MethodSpec, rainy: Tensor) -> Tensor:
    before = rainy.clone()
    try:
        derained = derainer(rainy)
    except NLCLBenchError:
        raise
    except Exception as error:  # a plug-in may raise anything
        first_line = (str(error) or type(error).__name__).splitlines()[0]
        raise ContractError(
            f"raised {type(error).__name__}: {first_line}", where=spec.name, fix="try --tile 1024 if memory ran out"
        ) from error
    problem = _broken_promise(derained, rainy, before)
    if problem is not None:
        raise ContractError(problem, where=spec.name, fix="report it to the method's authors")
    return derained


def _broken_promise(derained: object, rainy: Tensor, before: Tensor) -> str | None:
    import torch

    if not isinstance(derained, torch.Tensor):
        return f"returned a {type(derained).__name__}, not a tensor"
    if derained.shape != rainy.shape:
        return f"returned shape {tuple(derained.shape)} for {tuple(rainy.shape)}"
    if derained.dtype != rainy.dtype or derained.device != rainy.device:
        return f"returned {derained.dtype} on {derained.device} for {rainy.dtype} on {rainy.device}"
    if not torch.equal(rainy, before):
        return "changed its input"
    if not bool(torch.isfinite(torch.stack(torch.aminmax(derained))).all()):  # NaN is the least and the greatest of all
        return "returned values that are not finite"
    return None


def _pad(rainy: Tensor, size: SizeRule) -> Tensor:
    target = [max(size.minimum, -(-side // size.multiple_of) * size.multiple_of) for side in rainy.shape[-2:]]
    height, width = (-(-side // size.multiple_of) * size.multiple_of for side in target)
    return reflected(rainy, height, width)


def reflected(rainy: Tensor, height: int, width: int) -> Tensor:
    """Pad at the bottom and right by reflection, however small the image; what is larger already is left as it is.

    Shape:
        rainy: ``(N, 3, H, W)``.
        returns: ``(N, 3, max(H, height), max(W, width))``.
    """
    import torch

    for axis, length in ((-2, height), (-1, width)):
        side = rainy.shape[axis]
        if length > side:
            index = torch.arange(length, device=rainy.device) % max(1, 2 * side - 2)
            index = torch.where(index < side, index, 2 * side - 2 - index)
            rainy = rainy.index_select(axis, index)
    return rainy
