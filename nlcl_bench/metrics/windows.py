"""Sums over windows of pixels: Gaussian windows, and luminance that is normalised by them.

A window of 7 x 7 is 49 shifted copies of the picture, each added with its weight. Torch's own convolution of float64
writes the copies down before it adds them, which takes 4.7 GB for 12 megapixels; here they are views. All is computed
in the type of what is given. In float32 the sums are those of torch's convolution bit for bit, since both add the
weighted pixels row by row, with one rounding each; where a picture is all one value, some metrics see that rounding.
"""

from __future__ import annotations

from functools import cache
from typing import Literal

import numpy as np
import torch
from torch import Tensor

__all__ = ["correlated", "gaussian", "normalised", "replicated"]

_IN_CACHE = 1 << 17
"""Pixels that are worked on at a time: a megabyte."""

Outside = Literal["replicate", "zero"]
"""What lies beyond the border: the outermost pixel again, or black."""


@cache
def gaussian(side: int, sigma: float) -> Tensor:
    """Return a square Gaussian window, float32-rounded as in the published implementations, as float64 (side, side).

    >>> gaussian(3, 0.5)[1].numpy().round(3).tolist()
    [0.084, 0.619, 0.084]
    """
    offset = np.arange(side) - (side - 1) / 2
    window = np.exp(-(offset[:, None] ** 2 + offset**2) / (2 * sigma * sigma))
    return torch.from_numpy((window / window.sum()).astype(np.float32).astype(np.float64))


def replicated(planes: Tensor, before: int, after: int) -> Tensor:
    """Continue planes ``(C, H, W)`` with copies of their outermost pixels."""
    return torch.nn.functional.pad(planes, (before, after, before, after), mode="replicate")


def correlated(padded: Tensor, window: Tensor, step: int = 1) -> Tensor:
    """Sum every window of pixels with weights, where a whole window fits.

    Args:
        padded: What is summed, with the margins that the window needs.
        window: The weights, ``(h, w)``.
        step: Distance of two windows in pixels, along both sides.

    Shape:
        padded: ``(..., H, W)``.
        returns: ``(..., (H - h) // step + 1, (W - w) // step + 1)``.

    >>> correlated(torch.arange(12).double().reshape(3, 4), torch.ones(2, 2))
    tensor([[10., 14., 18.],
            [26., 30., 34.]], dtype=torch.float64)
    """
    height, width = (side - extent for side, extent in zip(padded.shape[-2:], window.shape, strict=True))
    total = padded.new_zeros((*padded.shape[:-2], height // step + 1, width // step + 1))
    for down, weights in enumerate(window.tolist()):
        for right, weight in enumerate(weights):
            total.add_(padded[..., down : down + height + 1 : step, right : right + width + 1 : step], alpha=weight)
    return total


def normalised(plane: Tensor, side: int, sigma: float, outside: Outside = "replicate") -> Tensor:
    """Subtract the mean of a Gaussian window around each pixel and divide by its deviation plus one.

    Args:
        plane: Luminance, or another plane of about 0 to 255, ``(H, W)``.
        side: Of the window, odd.
        sigma: Of the window.
        outside: What lies beyond the border.
    """
    window = gaussian(side, sigma)
    margin = side // 2
    edged = replicated(plane[None], margin, margin)[0] if outside == "replicate" else _in_black(plane, margin)
    out = torch.empty_like(plane)
    rows = max(1, _IN_CACHE // plane.shape[1])
    floor = torch.finfo(plane.dtype).eps
    for start in range(0, len(plane), rows):
        band = edged[start : start + rows + side - 1]
        mean = correlated(band, window)
        deviation = (correlated(band.square(), window) - mean**2).abs_().add_(floor).sqrt_()
        out[start : start + rows] = (plane[start : start + rows] - mean).div_(deviation.add_(1))
    return out


def _in_black(plane: Tensor, margin: int) -> Tensor:
    return torch.nn.functional.pad(plane, (margin, margin, margin, margin))
