"""ILNIQE: how far the statistics of a picture's blocks are from those of good photographs.

Zhang, Zhang and Bovik, "A feature-enriched completely blind image quality evaluator", IEEE TIP 24(8), 2015. The
photograph is brought to 524 x 524 pixels, of which 6 x 6 blocks of 84 are looked at, there and at half the size. 234
features of each block and scale come from normalised luminance, the gradients of three opponent colours, the
logarithms of colours, and the answers of twelve log-Gabor filters with their gradients. The 468 are projected to 430,
and the score is the mean Mahalanobis distance of the blocks from the model of the authors' pristine photographs.

The value is that of pyiqa, whose calibration against the authors' MATLAB code :mod:`nlcl_bench.metrics.calibration`
repeats; tests hold the two together. It is faster for three reasons: Gaussian derivatives are separable, 22 products
for a pixel and not 121; the nearest shape of a generalised Gaussian is found by bisection and not among 9,801; filters
and tables do not depend on the photograph and are made once. And it needs less memory, because no copy of the picture
is written down for every tap of a window.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, NamedTuple

import torch
from scipy.io import loadmat
from torch import Tensor

from nlcl_bench.metrics.bicubic import resized
from nlcl_bench.metrics.log_gabor import log_gabor
from nlcl_bench.metrics.natural_statistics import blocks_of, neighbour_features, symmetric_features, weibull
from nlcl_bench.metrics.windows import correlated, gaussian, normalised, replicated

if TYPE_CHECKING:
    from pathlib import Path

    from nlcl_bench.metrics.spec import Metric

__all__ = ["ilniqe"]

_SIDE, _BLOCK = 524, 84
"""Side to which a photograph is brought, of which whole blocks are kept, and side of a block."""

_OPPONENT = torch.tensor([[0.3, 0.04, -0.35], [0.34, -0.6, 0.17], [0.06, 0.63, 0.27]]).double()
"""Opponent colours from RGB (Geusebroek et al., IEEE TPAMI 23(12), 2001), the last is luminance; float32-rounded."""

_LOGARITHMIC = torch.tensor([[1.0, 1, 1], [1, 1, -2], [1, -1, 0]], dtype=torch.float64)
"""Intensity, blue-yellow and red-green from logarithms (Ruderman et al., JOSA A 15(8), 1998), before normalising."""

_REACH = 5
"""Pixels on each side of a Gaussian derivative."""

_DARK, _EVEN = 1e-5, 1e-8
"""What is added before a logarithm of a colour, and to a squared gradient."""

_MOST = 1e4
"""Larger features are cut off there."""


class _Model(NamedTuple):
    """The authors' pristine photographs: their mean and covariance, after what the projection takes off and keeps."""

    mean: Tensor
    covariance: Tensor
    origin: Tensor
    axes: Tensor


def ilniqe(parameters: Path) -> Metric:
    """Load ILNIQE.

    Args:
        parameters: The authors' model, a MATLAB file; it is opened here, so its digest must have been checked.
    """
    model = _model(parameters)

    def score(derained: Tensor, _: Tensor | None) -> Tensor:
        with torch.no_grad():
            return torch.stack([_distance(_features(_brought(image)), model) for image in derained.cpu()])

    return score


def _model(parameters: Path) -> _Model:
    mean, covariance, origin, axes = (
        torch.from_numpy(part.astype("float64")) for part in loadmat(parameters)["templateModel"][0]
    )
    return _Model(mean.flatten(), covariance, origin.flatten(), axes)


def _brought(photo: Tensor) -> Tensor:
    """Bring a photograph, float32 ``(3, H, W)`` in [0, 1], to the size of measuring: float64, in 0 to 255."""
    side = _SIDE // _BLOCK * _BLOCK
    return resized(photo.mul(255).round_(), (_SIDE, _SIDE)).clamp_(0, 255).double()[:, :side, :side]


def _features(image: Tensor) -> Tensor:
    """Return the features of the blocks.

    Shape:
        image: float64 ``(3, S, S)``, in 0 to 255, S being B times the side of a block.
        returns: float64 ``(B * B, 468)``; NaN where a block has none.
    """
    half = correlated(replicated(image, 2, 3), gaussian(6, 0.9), step=2)
    return torch.cat((_at_scale(image, 1), _at_scale(half, 2)), -1).clamp_(max=_MOST)


def _at_scale(image: Tensor, scale: int) -> Tensor:
    """Return the 234 features of each block, for the picture of that scale, ``(3, H, W)``."""
    side = _BLOCK // scale
    opponent = (_OPPONENT @ image.flatten(1)).reshape(image.shape)
    slopes = _slopes(opponent, scale)
    responses: list[Tensor] = []
    gradients: list[Tensor] = []
    steepness: list[Tensor] = []
    spectrum = torch.fft.fft2(opponent[2])
    for transfer in _filters(image.shape[-1], scale):
        response = torch.view_as_real(torch.fft.ifft2(spectrum * transfer)).permute(2, 0, 1).contiguous()
        turned = _slopes(response, scale)
        responses.append(_symmetric(response, side))
        gradients.append(_symmetric(turned.flatten(0, 1), side))
        steepness.append(_steepness(turned, side))
    features = [
        neighbour_features(blocks_of(normalised(opponent[2], 5, 5 / 6), side)),
        _by_block(weibull(_steepness(slopes, side))),
        _colours(image, side),
        *map(_by_block, (_symmetric(slopes.flatten(0, 1), side), *responses, *gradients)),
        _by_block(weibull(torch.cat(steepness))),
    ]
    return torch.cat(features, -1)


@cache
def _filters(side: int, scale: int) -> Tensor:
    wavelengths = tuple(2.4 / scale**0.87 * 1.31**number for number in range(3))
    return log_gabor(side, wavelengths, 4)


def _slopes(planes: Tensor, scale: int) -> Tensor:
    """Return Gaussian derivatives to the right and down, ``(P, H, W)`` to ``(P, 2, H, W)``; outside all is zero."""
    sigma = 1.66 / scale**0.28
    offset = torch.arange(-_REACH, _REACH + 1, dtype=torch.float64)
    bell = (-(offset**2) / (2 * sigma**2)).exp()
    wave = -offset * bell
    padded = torch.nn.functional.pad(planes, (_REACH, _REACH, _REACH, _REACH))
    right = correlated(correlated(padded, wave[None]), bell[:, None])
    down = correlated(correlated(padded, bell[None]), wave[:, None])
    return torch.stack((right, down), 1)


def _steepness(slopes: Tensor, side: int) -> Tensor:
    """Return logarithms of the gradient's length, by plane and block, ``(P, B, side * side)``."""
    return blocks_of(slopes.square().sum(1).add_(_EVEN).log_().div_(2), side).flatten(2)


def _symmetric(planes: Tensor, side: int) -> Tensor:
    """Fit the values of each plane and block, ``(P, H, W)`` to ``(P, B, 2)``."""
    blocks = blocks_of(planes, side)
    features = symmetric_features(blocks.flatten(0, 1))
    return features.reshape(*blocks.shape[:2], *features.shape[1:])


def _colours(image: Tensor, side: int) -> Tensor:
    """Return mean and variance of three mixtures of the colours' logarithms, for each block."""
    logarithms = (image + _DARK).log_().flatten(1)
    mixing = _LOGARITHMIC / _LOGARITHMIC.norm(dim=1, keepdim=True)
    mixed = (mixing @ (logarithms - logarithms.mean(1, keepdim=True))).reshape(image.shape)
    blocks = blocks_of(mixed, side).flatten(2)
    return _by_block(torch.stack((blocks.mean(-1), blocks.var(-1)), -1))


def _by_block(features: Tensor) -> Tensor:
    """Turn ``(P, B, 2)`` into ``(B, 2 P)``."""
    return features.transpose(0, 1).flatten(1)


def _distance(features: Tensor, model: _Model) -> Tensor:
    """Return the mean distance of the blocks from the model; a block without features counts as an average one."""
    projected = (features - model.origin) @ model.axes
    whole = projected[~projected.isnan().any(-1)]
    if not len(whole):
        return torch.tensor(float("nan"), dtype=torch.float64)
    covariance = torch.cov(whole.T, correction=min(1, len(whole) - 1))
    away = torch.where(projected.isnan(), whole.mean(0), projected) - model.mean
    inverse: Tensor = torch.linalg.pinv(
        (model.covariance + covariance) / 2
    )  # by eigenvalues it is quicker, and 3e-7 off
    return ((away @ inverse) * away).sum(-1).sqrt().mean()
