"""Layer priors: one mixture of Gaussians knows patches of backgrounds, another one patches of this picture's rain.

Li, Tan, Guo, Lu and Brown, Rain streak removal using layer priors, CVPR 2016. With O the rainy luma, B the background,
R the rain layer, Pi the patch at i, GB and GR the mixtures,

    minimise over B and R   ‖O - B - R‖²  +  a ‖∇B‖₁  +  b ‖R‖²  -  c Σi (log GB(Pi B) + log GR(Pi R)),  0 <= B, R <= O

by half-quadratic splitting: ∇B gets a copy H, every patch gets copies of its own, and with a weight w that grows

    H = S(∇B, a / 2w)
    the patches' copies = what the mixtures expect, given noise of variance c / 2w (:mod:`baselines.priors.mixtures`)
    B, R = the minimum of ‖O - B - R‖² + b ‖R‖² + w (‖∇B - H‖² + n ‖B - mean of copies‖² + n ‖R - mean of copies‖²),
           two unknowns for each frequency; n patches cover a pixel; then both are clipped to [0, O]

with S(x, t) = sign(x) max(|x| - t, 0). GB is fitted once, to photographs without rain
(:mod:`baselines.priors.background`); GR to each picture, where its background is flattest and its rain shows.

Ours: all weights; fewer components than the paper's 200 and 20, and patches two pixels apart, for speed; patches of
rain keep their mean; what is flat and shows rain is told by a median filter.

Some seventy seconds per megapixel. On the middle, 192 pixels wide, of a photograph that the mixture of backgrounds has
not seen it gains 0.6 dB over the input (coffee) under long streaks of 10°.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import fft, ndimage

from baselines.priors.layer import without_rain
from baselines.priors.mixtures import Mixture, expected, fit_mixture
from baselines.priors.patches import assembled, patches_of

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy.typing as npt
    from torch import Tensor

    Plane = npt.NDArray[np.float64]
    Floats = npt.NDArray[np.float32]

__all__ = ["SIDE", "derainer", "rain_mixture", "separated"]

GRADIENTS = 1e-4
"""a, for intensities in [0, 1]."""

RAIN = 0.01
"""b."""

PATCHES = 4e-3
"""c, for intensities in [0, 1]."""

WEIGHTS = (0.02, 0.05, 0.1, 0.2, 0.4, 0.8)
"""w, round by round."""

SIDE = 8
"""Side of a patch, in pixels."""

STEP = 2
"""Pixels from one patch to the next."""

BEHIND = 15
"""Side of the median filter that takes streaks away, in pixels."""

WINDOW = 24
"""Side of the windows in which rain is learnt, in pixels."""

COMPONENTS, EM_ROUNDS, SAMPLES = 8, 10, 8000


def derainer(background: Mixture) -> Callable[[Tensor], Tensor]:
    """Return the method with a mixture for backgrounds.

    Shape:
        rainy, returns: float32 ``(N, 3, H, W)``, in [0, 1]; H and W at least ``2 * WINDOW``.
    """
    return lambda rainy: without_rain(rainy, lambda luma: separated(luma, background, rain_mixture(luma)))


def rain_mixture(luma: Plane) -> Mixture:
    """Fit a mixture to the picture's own rain: what is brighter than the median around it, in flat windows.

    Of the flattest quarter of all windows, those half are taken that show the most rain.

    Shape:
        luma: float64 ``(H, W)``, in [0, 1].
    """
    behind = ndimage.median_filter(luma, BEHIND, mode="mirror")
    rain = np.maximum(luma - behind, 0).astype(np.float32)
    corners = [
        (top, left)
        for top in range(0, luma.shape[0] - WINDOW + 1, WINDOW // 2)
        for left in range(0, luma.shape[1] - WINDOW + 1, WINDOW // 2)
    ]

    def window(plane: npt.NDArray[np.floating], corner: tuple[int, int]) -> npt.NDArray[np.floating]:
        return plane[corner[0] : corner[0] + WINDOW, corner[1] : corner[1] + WINDOW]

    flat = sorted(corners, key=lambda corner: float(window(behind, corner).var()))[: max(4, len(corners) // 4)]
    shown = sorted(flat, key=lambda corner: -float(window(rain, corner).mean()))[: max(2, len(flat) // 2)]
    patches = np.concatenate([patches_of(window(rain, corner).astype(np.float32), SIDE, 1) for corner in shown])
    rng = np.random.default_rng(0)
    chosen = patches[rng.permutation(len(patches))[:SAMPLES]] + np.float32(1e-6)
    return fit_mixture(chosen, COMPONENTS, EM_ROUNDS, rng)


def separated(luma: Plane, background: Mixture, rain: Mixture) -> Plane:
    """Return the rain layer R of the module's docstring.

    Args:
        luma: The picture's luma.
        background: GB, of patches without their means.
        rain: GR.

    Shape:
        luma, returns: float64 ``(H, W)``, in [0, 1].
    """
    height, width = luma.shape
    rainy = np.pad(luma, [(SIDE, SIDE + side % 2) for side in luma.shape], mode="reflect")
    gradients = np.stack([_transfer(rainy.shape, axis) for axis in (0, 1)])
    layer, behind = np.zeros_like(rainy), rainy.copy()
    covering = (SIDE / STEP) ** 2
    for weight in WEIGHTS:
        noise = PATCHES / (2 * weight)
        changes = fft.irfft2(gradients * fft.rfft2(behind), s=rainy.shape)
        kept = changes - np.clip(changes, -GRADIENTS / (2 * weight), GRADIENTS / (2 * weight))
        wanted_behind = _expected(behind, background, noise, centred=True)
        wanted_rain = _expected(layer, rain, noise, centred=False)
        pull = weight * covering
        right_behind = fft.rfft2(rainy + pull * wanted_behind) + weight * (gradients.conj() * fft.rfft2(kept)).sum(0)
        right_rain = fft.rfft2(rainy + pull * wanted_rain)
        on_behind = 1 + pull + weight * (np.abs(gradients) ** 2).sum(axis=0)
        on_rain = 1 + RAIN + pull
        determinant = on_behind * on_rain - 1
        behind = fft.irfft2((on_rain * right_behind - right_rain) / determinant, s=rainy.shape)
        layer = fft.irfft2((on_behind * right_rain - right_behind) / determinant, s=rainy.shape)
        behind, layer = np.clip(behind, 0, rainy), np.clip(layer, 0, rainy)
    return layer[SIDE : SIDE + height, SIDE : SIDE + width]


def _expected(plane: Plane, mixture: Mixture, noise: float, *, centred: bool) -> Plane:
    """Return the mean of what the mixture takes a plane's patches for, their means taken away before or not."""
    patches = patches_of(plane.astype(np.float32), SIDE, STEP)
    means = patches.mean(axis=1, keepdims=True) if centred else np.float32(0)
    found = expected(patches - means, mixture, noise) + means
    return assembled(found, (plane.shape[0], plane.shape[1]), STEP).astype(np.float64)


def _transfer(size: tuple[int, ...], axis: int) -> npt.NDArray[np.complex128]:
    """Return the transfer function of ``f(p + 1) - f(p)`` along an axis, borders being periodic."""
    kernel = np.zeros(size)
    kernel[0, 0], kernel[(-1, 0) if axis == 0 else (0, -1)] = -1, 1
    spectrum: npt.NDArray[np.complex128] = fft.rfft2(kernel)
    return spectrum
