"""BRISQUE: a regression from the statistics of a whole picture to the opinions of people.

Mittal, Moorthy and Bovik, "No-reference image quality assessment in the spatial domain", IEEE TIP 21(12), 2012.
Luminance is normalised by a Gaussian window; the values and their products with four neighbours give 18 features (table
I), at full and at half size, and a support vector machine that the authors trained on LIVE makes one number of the 36.

The value is that of pyiqa, as far as pyiqa's has digits. pyiqa adds 774 terms of up to 1,024 in float32, in an order
that depends on the number of threads, and so defines its value to about 0.01; here these sums, and those over the
pixels, are taken in float64 and in one order. What decides features is kept: luminance is normalised in float32, bit
for bit as there. Where a picture is all one value, normalised luminance is nothing but that rounding, and the features
count how many of its products are positive: in float64 such a picture scores otherwise by up to 0.15.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import torch
from torch import Tensor

from nlcl_bench.metrics.bicubic import halved
from nlcl_bench.metrics.natural_statistics import SHIFTS, Fit, asymmetric, moments, rounded_luma, symmetric
from nlcl_bench.metrics.windows import normalised

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from nlcl_bench.metrics.spec import Metric

__all__ = ["brisque"]

_GAMMA = 0.05
"""Width of the machine's kernel, exp(-gamma |x - y|^2)."""

_OFFSET = 153.591
"""What the machine adds."""

_LEAST, _MOST = (
    torch.tensor(rows, dtype=torch.float32).flatten().double()  # as rounded as in the published implementation
    for rows in (
        [
            [0.338, 0.017204, 0.236, -0.123884],
            [0.000155, 0.001122, 0.244, -0.123586],
            [0.000152, 0.000975, 0.249, -0.135687],
            [0.000174, 0.000913, 0.258, -0.143408],
            [0.000179, 0.000888, 0.471, 0.012809],
            [0.218, -0.094876, 1.5e-5, 0.001272],
            [0.222, -0.115772, 1.6e-5, 0.001374],
            [0.227, -0.117188, 3e-5, 0.001122],
            [0.228, -0.12243, 2.8e-5, 0.001118],
        ],
        [
            [10, 0.806612, 1.642, 0.20293],
            [0.712298, 0.470257, 1.641, 0.179083],
            [0.710456, 0.470984, 1.555, 0.100858],
            [0.684173, 0.534174, 1.561, 0.100486],
            [0.685696, 0.536508, 3.264, 0.703171],
            [1.046, 0.187459, 0.442057, 0.40803],
            [1.042, 0.162604, 0.444362, 0.40243],
            [0.996, 0.098323, 0.531903, 0.369589],
            [0.99, 0.098658, 0.530092, 0.370399],
        ],
    )
)
"""Smallest and largest value of each feature in the authors' training, which become -1 and 1."""

_IN_CACHE = 1 << 15
"""Pixels that are worked on at a time: a megabyte, with their products and both signs in float64."""


class _Machine(NamedTuple):
    """The support vectors, float64 ``(V, 36)``, and what each weighs, ``(V,)``."""

    weights: Tensor
    vectors: Tensor


def brisque(parameters: Path) -> Metric:
    """Load BRISQUE.

    Args:
        parameters: The authors' machine, as tensors; it is opened here, so its digest must have been checked.
    """
    weights, vectors = torch.load(parameters, map_location="cpu", weights_only=True)
    machine = _Machine(weights.double(), vectors.double())

    def score(derained: Tensor, _: Tensor | None) -> Tensor:
        with torch.no_grad():
            return torch.stack([_regressed(_features(image), machine) for image in derained.cpu()])

    return score


def _features(photo: Tensor) -> Tensor:
    """Return the features, float64 ``(36,)``, of a photograph, float32 ``(3, H, W)`` in [0, 1]; NaN if it is flat."""
    whole = rounded_luma(photo)
    return torch.cat([_at_scale(whole), _at_scale(halved(whole[None])[0])])


def _at_scale(luminance: Tensor) -> Tensor:
    plane = normalised(luminance, 7, 7 / 6, outside="zero")
    values = symmetric(_summed(plane[start:stop] for start, stop in _bands(plane)), plane.numel())
    features = [values.shape, values.left**2]
    for fit in _neighbours(plane):
        features += [fit.shape, fit.mean, fit.left**2, fit.right**2]
    return torch.cat(features)


def _neighbours(plane: Tensor) -> Iterator[Fit]:
    """Fit the products with each neighbour; at its border the picture continues with its own other side."""
    edged = torch.nn.functional.pad(plane[None, None], (1, 1, 1, 1), mode="circular")[0, 0]
    width = plane.shape[1]
    for down, right in SHIFTS:
        shifted = edged[1 - down :, 1 - right : 1 - right + width]
        products = (plane[start:stop] * shifted[start:stop] for start, stop in _bands(plane))
        yield asymmetric(_summed(products), plane.numel())


def _bands(plane: Tensor) -> Iterator[tuple[int, int]]:
    """Yield the first row of each band and the one after its last."""
    height, width = plane.shape
    rows = max(1, _IN_CACHE // width)
    yield from ((start, min(start + rows, height)) for start in range(0, height, rows))


def _summed(bands: Iterator[Tensor]) -> Tensor:
    """Return the moments of all bands together, ``(1, 6)``."""
    return torch.cat([moments(band.reshape(1, -1)) for band in bands]).sum(0, keepdim=True)


def _regressed(features: Tensor, machine: _Machine) -> Tensor:
    """Return what the machine says of the features (Smola and Schoelkopf, A tutorial on support vector regression)."""
    scaled = 2 * (features - _LEAST) / (_MOST - _LEAST) - 1
    near = (machine.vectors - scaled).square().sum(-1).mul(-_GAMMA).exp()
    return (near * machine.weights).sum() + _OFFSET
