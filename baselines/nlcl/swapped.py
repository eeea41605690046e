"""Whether the rainy photographs and the clean ones look as if they had been given the wrong way round.

Rain draws bright lines that are thin and upright. So in photographs of rain, thin upright detail is brighter than what
it passes in front of, and there is more of it than of thin level detail. Single photographs say little, for fences and
trunks are upright too; the means of two collections say enough to ask.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import torch
from torch.nn import functional

if TYPE_CHECKING:
    from pathlib import Path

    from torch import Tensor

    from baselines.nlcl.crops import Photographs

__all__ = ["look_swapped", "uprightness"]

_MOST = 64  # photographs of each domain that are looked at
_FEWEST = 5
_SURE = 3.0  # standard errors
_SIDE = 400  # pixels of the shorter side, about, at which is measured
_THIN = 9  # pixels; what is narrower is thin


def look_swapped(rainy: Photographs, clean: Photographs) -> bool:
    """Return whether the clean photographs look more like rain than the rainy ones, by three standard errors.

    Args:
        rainy: Photographs in which it is said to rain.
        clean: Photographs in which it is said not to.
    """
    if min(len(rainy.files), len(clean.files)) < _FEWEST:
        return False
    seen = [torch.tensor([uprightness(path) for path in _some(domain.files)]) for domain in (clean, rainy)]
    difference = float(seen[0].mean() - seen[1].mean())
    return difference > _SURE * math.sqrt(sum(float(values.var()) / len(values) for values in seen))


def _some(files: tuple[Path, ...]) -> list[Path]:
    return [files[index * len(files) // _MOST] for index in range(_MOST)] if len(files) > _MOST else list(files)


def uprightness(path: Path) -> float:
    """Return how much the thin detail of a photograph is like rain; 0 for detail of no direction, as bright as dark.

    ``log(U / D) + log(U / L)`` with the means U of bright upright, D of dark upright and L of bright level detail.

    Args:
        path: A file of raw pixels, uint8 ``(H, W, 3)``.
    """
    pixels = np.load(path, mmap_mode="r")
    factor = max(1, min(pixels.shape[:2]) // _SIDE)
    middle = pixels[: 2 * _SIDE * factor, : 2 * _SIDE * factor]
    grey = functional.avg_pool2d(torch.from_numpy(middle.mean(2, dtype=np.float32))[None, None], factor)
    bright, dark, level = (
        float(_thin(picture, across).mean()) + 1e-3 for picture, across in ((grey, 3), (-grey, 3), (grey, 2))
    )
    return math.log(bright / dark) + math.log(bright / level)


def _thin(grey: Tensor, along: int) -> Tensor:
    """Return what is brighter than its surroundings and thin along an axis (a white top-hat)."""
    kernel = [1, 1]
    kernel[along - 2] = _THIN
    padding = [size // 2 for size in kernel]
    low = -functional.max_pool2d(-grey, kernel, 1, padding)
    return grey - functional.max_pool2d(low, kernel, 1, padding)
