"""PSNR, SSIM and MS-SSIM: how near an image is to the truth, pixel by pixel and window by window.

Wang, Bovik, Sheikh and Simoncelli, "Image quality assessment: from error visibility to structural similarity", IEEE TIP
13(4), 2004; Wang, Simoncelli and Bovik, "Multiscale structural similarity for image quality assessment", Asilomar 2003.
Windows of 11 x 11 pixels, Gaussian with a deviation of 1.5, where a whole one fits; luma in whole grey levels; what has
negative contrast and structure counts as 0.

The values are those of pyiqa, which takes seconds to import, and which writes down 121 copies of the picture, in
float64, to sum such windows: 11 GB for 12 megapixels. Luma is float32 as there; sums are float64.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import Tensor

from nlcl_bench.core.errors import ContractError
from nlcl_bench.metrics.windows import correlated, gaussian

if TYPE_CHECKING:
    from collections.abc import Callable

    from nlcl_bench.metrics.spec import Metric

__all__ = ["ms_ssim", "psnr", "psnr_y", "ssim"]

_YCBCR = torch.tensor([[65.481, 128.553, 24.966], [-37.797, -74.203, 112.0], [112.0, -93.786, -18.214]])
"""YCbCr from RGB (ITU-R BT.601), without the offset; one is used, but a product of this shape rounds as published."""

_EPSILON = 1e-10
"""Added to a mean squared error, so that two equal images score 100 dB instead of infinity."""

_WINDOW, _DEVIATION = 11, 1.5
_LIGHT, _CONTRAST = (0.01 * 255) ** 2, (0.03 * 255) ** 2

_POWERS = (0.0448, 0.2856, 0.3001, 0.2363, 0.1333)
"""What each scale weighs, the finest first."""

_IN_CACHE = 1 << 16
"""Pixels that are worked on at a time: half a megabyte."""


def _luma(photo: Tensor) -> Tensor:
    """Return luma, float32 ``(H, W)``, of which 16 / 255 is black and 235 / 255 white."""
    return torch.matmul(photo.permute(1, 2, 0), _YCBCR.T)[..., 0].add(16).div_(255)


def _levels(photo: Tensor) -> Tensor:
    return _luma(photo).mul_(255).round_().double()


def _compared(name: str, measure: Callable[[Tensor, Tensor], Tensor]) -> Metric:
    """Make a metric of a measure of two photographs, ``(3, H, W)``; it raises a ContractError without a clean image."""

    def score(derained: Tensor, reference: Tensor | None) -> Tensor:
        if reference is None:
            raise ContractError("needs the clean image", where=name, fix="call it with a reference")
        pairs = zip(derained.cpu(), reference.cpu(), strict=True)
        with torch.no_grad():
            return torch.stack([measure(one, other) for one, other in pairs])

    return score


def _decibels(one: Tensor, other: Tensor) -> Tensor:
    error = (one - other).square_().mean(dtype=torch.float64)
    return -10 * (error + _EPSILON).log10()


def _similarity(one: Tensor, other: Tensor) -> Tensor:
    """Return SSIM's mean over the windows, and that of contrast and structure alone, ``(2,)``; NaN if none fits.

    Shape:
        one: float64 ``(H, W)``, 0 to 255.
        other: the same.
    """
    height, width = (side - _WINDOW + 1 for side in one.shape)
    if min(height, width) < 1:
        return one.new_full((2,), torch.nan)
    rows = max(1, _IN_CACHE // width)
    sums = [
        _summed(one[start : start + rows + _WINDOW - 1], other[start : start + rows + _WINDOW - 1])
        for start in range(0, height, rows)
    ]
    return torch.stack(sums).sum(0) / (height * width)


def _summed(one: Tensor, other: Tensor) -> Tensor:
    """Return the sums over a band's windows."""
    both = torch.stack((one, other, one.square() + other.square(), one * other))
    left, right, squares, product = correlated(both, gaussian(_WINDOW, _DEVIATION))
    light, level = left * right, left.square() + right.square()
    structure = ((2 * (product - light) + _CONTRAST) / (squares - level + _CONTRAST)).clamp_(min=0)
    return torch.stack((((2 * light + _LIGHT) / (level + _LIGHT) * structure).sum(), structure.sum()))


def _multiscale(one: Tensor, other: Tensor) -> Tensor:
    found = []
    planes = torch.stack((one, other))
    for _ in _POWERS:
        found.append(_similarity(*planes))
        down, right = (side % 2 for side in planes.shape[-2:])
        planes = torch.nn.functional.avg_pool2d(planes[None], 2, padding=(down, right))[0]  # an odd side begins black
    terms = torch.stack([*(one[1] for one in found[:-1]), found[-1][0]])
    powers: Tensor = terms ** torch.tensor(_POWERS).double()  # float32-rounded as in the published values
    return powers.prod()


psnr = _compared("psnr", _decibels)
"""PSNR over the three channels, in dB."""

psnr_y = _compared("psnr_y", lambda one, other: _decibels(_luma(one), _luma(other)))
"""PSNR over luma, in dB."""

ssim = _compared("ssim", lambda one, other: _similarity(_levels(one), _levels(other))[0])
"""SSIM, of images of 11 pixels a side at least."""

ms_ssim = _compared("ms_ssim", lambda one, other: _multiscale(_levels(one), _levels(other)))
"""MS-SSIM, of images of 161 pixels a side at least."""
