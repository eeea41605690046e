"""Restoring one photograph: bytes in, the written 8-bit PNG out."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from nlcl_bench.core.images import decode, from_tensor, to_tensor, write_png
from nlcl_bench.evaluation.apply import apply

if TYPE_CHECKING:
    from pathlib import Path

    import torch

    from nlcl_bench.methods.spec import Derainer, MethodSpec

__all__ = ["restore"]


def restore(
    derainer: Derainer, spec: MethodSpec, photo: bytes, into: Path, *, device: torch.device, tile: int = 0
) -> float:
    """Derain a photograph and write it as PNG: upright, sRGB, the input's size, rounded half to even (protocol P1).

    Args:
        derainer: The loaded method.
        spec: Its description.
        photo: The bytes of an image file.
        into: The PNG to write.
        device: Where the method runs.
        tile: Side of the tiles in pixels; 0 for the whole image.

    Returns:
        The seconds that the method itself took, without decoding and writing.

    Raises:
        ImageError: The photograph cannot be decoded.
        ContractError: The method broke its contract.
        StorageError: The PNG cannot be written.
    """
    import torch

    rainy = to_tensor(decode(photo, where=into.stem)).to(device)
    start = time.perf_counter()
    derained = apply(derainer, spec, rainy, tile)
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    seconds = time.perf_counter() - start
    write_png(from_tensor(derained), into)
    return seconds
