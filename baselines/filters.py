"""The control methods' functions: filters that know nothing of rain.

Each takes and returns float32 ``(N, 3, H, W)`` in [0, 1] on any device; SciPy and Pillow do the work on the CPU,
one image at a time. Borders are mirrored without repeating the edge pixel.
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
import torch
from PIL import Image
from scipy import ndimage

from nlcl_bench.core.images import from_tensor, to_tensor

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt
    from torch import Tensor

    Plane = npt.NDArray[np.float64]

__all__ = ["gaussian", "guided", "guided_plane", "identity", "jpeg75", "median"]

SIGMA = 1.0
"""Standard deviation of the Gaussian, in pixels."""

MEDIAN_SIDE = 5
"""Side of the median's window, in pixels."""

GUIDED_RADIUS = 4
"""Half the guided filter's window, without its centre, in pixels."""

GUIDED_EPSILON = 0.05**2
"""Variance below which the guided filter takes a window for flat, in squared intensities."""


def identity(rainy: Tensor) -> Tensor:
    """Return a copy of the input: what doing nothing scores."""
    return rainy.clone()


def jpeg75(rainy: Tensor) -> Tensor:
    """Return what is left after saving the 8-bit photograph as JPEG, quality 75, 4:2:0: the control that games NIQE."""
    return torch.stack([_through_jpeg(image) for image in rainy])


def _through_jpeg(image: Tensor) -> Tensor:
    stream = io.BytesIO()
    from_tensor(image).save(stream, format="JPEG", quality=75, subsampling="4:2:0")
    with Image.open(stream, formats=("JPEG",)) as saved:
        return to_tensor(saved.convert("RGB")).to(image.device)


def gaussian(rainy: Tensor) -> Tensor:
    """Blur with a Gaussian of standard deviation ``SIGMA``, cut off at four of them."""
    return _by_plane(rainy, lambda plane: ndimage.gaussian_filter(plane, SIGMA, mode="mirror"))


def median(rainy: Tensor) -> Tensor:
    """Replace each value by the median of its ``MEDIAN_SIDE`` x ``MEDIAN_SIDE`` neighbours, channel by channel."""
    return _by_plane(rainy, lambda plane: ndimage.median_filter(plane, MEDIAN_SIDE, mode="mirror"))


def guided(rainy: Tensor) -> Tensor:
    """Smooth each channel with itself as guide: edges stay, faint streaks go, and so does faint texture."""
    return _by_plane(rainy, guided_plane)


def guided_plane(plane: Plane, radius: int = GUIDED_RADIUS, epsilon: float = GUIDED_EPSILON) -> Plane:
    """Apply the self-guided filter to one channel.

    He, Sun and Tang, Guided Image Filtering, TPAMI 2013, equations 5, 6 and 8 with guide I equal to the input p:
    a = var(I) / (var(I) + epsilon), b = (1 - a) mean(I), q = mean(a) I + mean(b), means over square windows.

    Args:
        plane: The channel.
        radius: Half the window's side, without its centre, in pixels.
        epsilon: Regularisation, in squared intensities.

    Shape:
        plane, returns: float64 ``(H, W)``.
    """
    side = 2 * radius + 1

    def mean(values: Plane) -> Plane:
        smooth: Plane = ndimage.uniform_filter(values, side, mode="mirror")
        return smooth

    average = mean(plane)
    variance = np.maximum(mean(plane * plane) - average * average, 0)
    slope = variance / (variance + epsilon)
    return mean(slope) * plane + mean((1 - slope) * average)


def _by_plane(rainy: Tensor, change: Callable[[Plane], Plane]) -> Tensor:
    planes = rainy.detach().cpu().double().numpy()
    changed = np.stack([np.stack([change(plane) for plane in image]) for image in planes])
    return torch.from_numpy(changed).to(rainy)
