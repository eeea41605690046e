"""Restoring one photograph: its pixels in, the written 8-bit PNG out; and the part of it that takes time."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from nlcl_bench.core.images import to_tensor
from nlcl_bench.evaluation.apply import apply
from nlcl_bench.evaluation.protocol import write_output

if TYPE_CHECKING:
    from pathlib import Path

    import torch
    from PIL import Image
    from torch import Tensor

    from nlcl_bench.methods.spec import Derainer, MethodSpec

__all__ = ["restore", "timed"]


def restore(
    derainer: Derainer, spec: MethodSpec, photo: Image.Image, into: Path, *, device: torch.device, tile: int = 0
) -> float:
    """Derain a photograph and write it as PNG: upright, sRGB, the input's size, rounded half to even (protocol P1).

    Args:
        derainer: The loaded method.
        spec: Its description.
        photo: The photograph, as :func:`nlcl_bench.core.images.decode` gives it.
        into: The PNG to write.
        device: Where the method runs.
        tile: Side of the tiles in pixels; 0 for the whole image.

    Returns:
        The seconds that the method itself took, without decoding and writing.

    Raises:
        ContractError: The method broke its contract.
        StorageError: The PNG cannot be written.
    """
    derained, seconds = timed(derainer, spec, to_tensor(photo), device=device, tile=tile)
    write_output(derained, into)
    return seconds


def timed(
    derainer: Derainer, spec: MethodSpec, rainy: Tensor, *, device: torch.device, tile: int = 0
) -> tuple[Tensor, float]:
    """Derain an image on a device, and return the seconds that the method itself took.

    Args:
        derainer: The loaded method.
        spec: Its description.
        rainy: The image.
        device: Where the method runs.
        tile: Side of the tiles in pixels; 0 for the whole image.

    Shape:
        rainy: float32 ``(3, H, W)``, in [0, 1].
        returns: the same, on the device.

    Raises:
        ContractError: The method broke its contract.
    """
    import torch

    rainy = rainy.to(device)
    start = time.perf_counter()
    derained = apply(derainer, spec, rainy, tile)
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    return derained, time.perf_counter() - start
