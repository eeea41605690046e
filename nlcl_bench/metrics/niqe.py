"""NIQE: how far the statistics of a photograph's luminance are from those of good photographs.

Mittal, Soundararajan and Bovik, "Making a 'completely blind' image quality analyzer", IEEE SPL 20(3), 2013. Luminance
is normalised by a Gaussian window; 18 features of each block of 96 pixels, and of the same block at half the size, are
described by one Gaussian, and the score is its distance (eq. 10) from that of the authors' pristine photographs.

The value is that of pyiqa with the same parameter file, in less time and memory: there torch writes down 49 copies of
the photograph, in float64, to sum a window of 7 x 7, and each block is compared with 9,801 shapes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from scipy.io import loadmat
from torch import Tensor

from nlcl_bench.metrics.bicubic import resized
from nlcl_bench.metrics.natural_statistics import blocks_of, neighbour_features, rounded_luma
from nlcl_bench.metrics.windows import normalised

if TYPE_CHECKING:
    from pathlib import Path

    from nlcl_bench.metrics.spec import Metric

__all__ = ["niqe"]

_BLOCK = 96


def niqe(parameters: Path) -> Metric:
    """Load NIQE.

    Args:
        parameters: The authors' model, a MATLAB file; it is opened here, so its digest must have been checked.
    """
    file = loadmat(parameters)
    mean, covariance = (torch.from_numpy(file[name]) for name in ("mu_prisparam", "cov_prisparam"))

    def score(derained: Tensor, _: Tensor | None) -> Tensor:
        with torch.no_grad():
            return torch.stack([_distance(_features(image), mean.flatten(), covariance) for image in derained.cpu()])

    return score


def _features(photo: Tensor) -> Tensor:
    """Return the features of the blocks.

    Shape:
        photo: float32 ``(3, H, W)``, in [0, 1].
        returns: float64 ``(H // 96 * (W // 96), 36)``; NaN where a block has none.
    """
    height, width = (side // _BLOCK * _BLOCK for side in photo.shape[1:])
    luma = rounded_luma(photo[:, :height, :width])
    half = resized(luma.div(255)[None], (height // 2, width // 2))[0].double().mul_(255)
    return torch.cat((_at_scale(luma.double(), _BLOCK), _at_scale(half, _BLOCK // 2)), -1)


def _at_scale(luma: Tensor, side: int) -> Tensor:
    return neighbour_features(blocks_of(normalised(luma, 7, 7 / 6), side))


def _distance(features: Tensor, mean: Tensor, covariance: Tensor) -> Tensor:
    """Return the distance of the blocks' Gaussian from the model's; NaN if no block has all features."""
    whole = features[~features.isnan().any(-1)]
    if not len(whole):
        return torch.tensor(float("nan"), dtype=torch.float64)
    away = mean - features.nanmean(0)
    spread = torch.cov(whole.T, correction=min(1, len(whole) - 1))
    inverse: Tensor = torch.linalg.pinv((covariance + spread) / 2)
    return (away @ inverse @ away).sqrt()
