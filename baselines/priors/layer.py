"""What the priors share: the rain layer is looked for in luma and taken from all three channels alike.

A streak is nearly without colour: it shows the mean of what surrounds the drop (Garg and Nayar, Vision and Rain, IJCV
2007). The papers therefore work on Y of YCbCr and leave Cb and Cr; subtracting one layer R from R, G and B is the same,
because the weights of luma add up to 1.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import torch

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt
    from torch import Tensor

    Plane = npt.NDArray[np.float64]

__all__ = ["LUMA", "without_rain"]

LUMA = (0.299, 0.587, 0.114)
"""Weights of red, green and blue in luma (ITU-R BT.601, full range)."""


def without_rain(rainy: Tensor, rain_in: Callable[[Plane], npt.NDArray[np.floating]]) -> Tensor:
    """Subtract from every image the rain layer that is found in its luma.

    Args:
        rainy: The images, on any device; the work is done on the CPU, one image at a time.
        rain_in: Gives the rain layer of a luma plane; what is below 0 does not count, because a streak only brightens.

    Shape:
        rainy, returns: float32 ``(N, 3, H, W)``, in [0, 1].
        rain_in: float64 ``(H, W)`` to floats of the same size.
    """
    derained = []
    for pixels in rainy.detach().cpu().double().numpy():
        rain = np.maximum(rain_in(np.tensordot(LUMA, pixels, axes=1)), 0)
        derained.append(np.clip(pixels - rain, 0, 1))
    return torch.from_numpy(np.stack(derained)).to(rainy)
