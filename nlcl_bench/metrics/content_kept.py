"""How much of the scene is still there: structure like the input's, outside the input's rain.

Similarity of contrast and structure as SSIM has it (Wang et al., "Image quality assessment: from error visibility to
structural similarity", IEEE TIP 2004, equations 9 and 10, C3 = C2 / 2), on luma, without its term for luminance, which
is for :mod:`nlcl_bench.metrics.colour_shift` to judge:

    cs = (2 cov(O, I) + C2) / (var O + var I + C2),  C2 = 0.03^2

Means, variances and the covariance are taken in a Gaussian window of 1.5 pixels over the pixels outside the rain mask
alone (normalised convolution, Knutsson and Westin, CVPR 1993), so that a streak that was removed costs nothing, beyond
what the mask misses of it. The score is the mean of cs, each window weighing as much as it has pixels outside the mask.

The input itself scores 1: this says what a method has *not* done, and means something only beside
:mod:`nlcl_bench.metrics.residual_rain`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import ndimage

from nlcl_bench.metrics.pictures import luma
from nlcl_bench.metrics.streaks import flat, rain_angle, rain_mask

if TYPE_CHECKING:
    import numpy.typing as npt

    Plane = npt.NDArray[np.float64]

__all__ = ["content_kept"]

_C2 = 0.03**2


def content_kept(derained: Plane, rainy: Plane) -> float:
    """Return the similarity to the input outside its rain, at most 1, which is all; NaN for a flat input.

    Shape:
        derained, rainy: float64 ``(H, W, 3)``, sRGB, in [0, 1].
    """
    before, after = luma(rainy), luma(derained)
    if flat(before):
        return float("nan")
    outside = (~rain_mask(before, rain_angle(before))).astype(np.float64)
    if not outside.any():
        return float("nan")
    return similarity(after, before, outside)


def similarity(one: Plane, other: Plane, outside: Plane) -> float:
    """Return the mean similarity of contrast and structure over the pixels of weight 1.

    Shape:
        one, other, outside: ``(H, W)``; weights are 0 or 1.

    >>> similarity(np.eye(32), np.eye(32), np.ones((32, 32)))
    1.0
    """
    share = np.maximum(_window(outside), 1e-12)

    def mean(plane: Plane) -> Plane:
        inside: Plane = _window(plane * outside) / share
        return inside

    mean_one, mean_other = mean(one), mean(other)
    variances = mean(one**2) - mean_one**2 + mean(other**2) - mean_other**2
    covariance = mean(one * other) - mean_one * mean_other
    return float(np.average((2 * covariance + _C2) / (variances + _C2), weights=share))


def _window(plane: Plane) -> Plane:
    window: Plane = ndimage.gaussian_filter(plane, 1.5, mode="reflect", radius=5)
    return window
