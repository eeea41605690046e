"""UGSM, the unidirectional global sparse model: three sparse terms, one convex problem.

Deng, Huang, Zhao and Jiang, A directional global sparse model for single image rain removal, Applied Mathematical
Modelling 59, 2018. With O the rainy luma, R the rain layer, ∇∥ and ∇⊥ the derivatives along and across the rain,

    minimise over R   λ1 ‖∇∥ R‖₁  +  λ2 ‖R‖₁  +  λ3 ‖∇⊥ (O - R)‖₁

says that rain is smooth along its fall and covers little, and that a background without it is smooth across. The
alternating direction method of multipliers splits it with U = ∇∥ R, V = R and W = ∇⊥ (O - R), duals u, v and w and
penalty p (scaled form: Boyd et al., Distributed optimization and statistical learning via ADMM, 2011, section 3.1.1):

    R = (∇∥ᵀ∇∥ + ∇⊥ᵀ∇⊥ + 1)⁻¹ (∇∥ᵀ(U - u) + ∇⊥ᵀ(∇⊥O - W - w) + V - v)    two Fourier transforms
    U = S(∇∥ R + u, λ1/p),  V = max(R + v - λ2/p, 0),  W = S(∇⊥(O - R) - w, λ3/p)
    u += ∇∥ R - U,  v += R - V,  w += W - ∇⊥(O - R)

with S(x, t) = sign(x) max(|x| - t, 0).

Ours: the weights, p and the number of rounds, for intensities in [0, 1]; V is kept at 0 and above, because a streak
only brightens. The paper turns the picture until the rain is vertical; here the two derivatives are turned instead, by
linear interpolation between neighbours, so that nothing is resampled. θ is the structure tensor's
(:mod:`baselines.priors.direction`). The picture is continued by mirroring, because the transforms take it for periodic.

Eight seconds per megapixel. On the middles, 192 pixels wide, of three photographs under long streaks of 10° it gains
5.0, 4.3 and 1.2 dB over the input (coffee, astronaut, chelsea); the same without rain come out at 44, 38 and 41 dB.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import fft

from baselines.priors.direction import rain_angle
from baselines.priors.layer import without_rain

if TYPE_CHECKING:
    import numpy.typing as npt
    from torch import Tensor

    Plane = npt.NDArray[np.float64]
    Spectrum = npt.NDArray[np.complex128]

__all__ = ["MARGIN", "continued", "difference", "sparse_rain", "ugsm"]

SMOOTH_ALONG = 2.0
"""λ1."""

SPARSE = 0.4
"""λ2; a line of w pixels' width that is long is cheaper as rain where λ2 w < 2 λ3."""

SMOOTH_ACROSS = 1.0
"""λ3."""

PENALTY = 40.0
"""p; the shrinkage in a round is a weight divided by it, in intensities."""

ROUNDS = 40

MARGIN = 16
"""Pixels that the picture is continued by on each side."""


def ugsm(rainy: Tensor) -> Tensor:
    """Take away the rain layer that the model finds.

    Shape:
        rainy, returns: float32 ``(N, 3, H, W)``, in [0, 1]; H and W above ``MARGIN``.
    """
    return without_rain(rainy, lambda luma: sparse_rain(luma, rain_angle(luma)))


def sparse_rain(luma: Plane, angle: float, rounds: int = ROUNDS) -> Plane:
    """Return the rain layer V of the module's docstring.

    Args:
        luma: The picture's luma.
        angle: Direction of the rain, in degrees from the vertical; positive leans to the right going down.
        rounds: Of ADMM.

    Shape:
        luma, returns: float64 ``(H, W)``; not below 0.
    """
    height, width = luma.shape
    rainy = continued(luma)
    along, across = difference(rainy.shape, angle), difference(rainy.shape, angle + 90)
    inverse = 1 / (np.abs(along) ** 2 + np.abs(across) ** 2 + 1)

    def apart(spectrum: Spectrum, values: Plane) -> Plane:
        made: Plane = fft.irfft2(spectrum * fft.rfft2(values), s=values.shape)
        return made

    contrast = apart(across, rainy)
    smooth, rain, behind = np.zeros_like(rainy), np.zeros_like(rainy), contrast.copy()
    dual_along, dual, dual_across = (np.zeros_like(rainy) for _ in range(3))
    for _ in range(rounds):
        wanted = along.conj() * fft.rfft2(smooth - dual_along) + fft.rfft2(rain - dual)
        wanted += across.conj() * fft.rfft2(contrast - behind - dual_across)
        layer = fft.irfft2(inverse * wanted, s=rainy.shape)
        changes, left = apart(along, layer), contrast - apart(across, layer)
        smooth = _shrink(changes + dual_along, SMOOTH_ALONG / PENALTY)
        rain = np.maximum(layer + dual - SPARSE / PENALTY, 0)
        behind = _shrink(left - dual_across, SMOOTH_ACROSS / PENALTY)
        dual_along += changes - smooth
        dual += layer - rain
        dual_across += behind - left
    return rain[MARGIN : MARGIN + height, MARGIN : MARGIN + width]


def continued(plane: Plane) -> Plane:
    """Continue a plane by mirroring, ``MARGIN`` pixels or some more, to a size that is transformed quickly.

    Shape:
        plane: ``(H, W)``.
        returns: larger; ``plane`` begins at row and column ``MARGIN``.
    """
    lengths = [fft.next_fast_len(side + 2 * MARGIN, real=True) for side in plane.shape]
    after = [length - side - MARGIN for length, side in zip(lengths, plane.shape, strict=True)]
    return np.pad(plane, [(MARGIN, more) for more in after], mode="reflect")


def difference(size: tuple[int, ...], angle: float) -> Spectrum:
    """Return the transfer function of ``f(p + e) - f(p)``, e being one pixel along a direction.

    The value between pixels is interpolated linearly; borders are periodic.

    Args:
        size: Height and width of the picture.
        angle: The direction, in degrees from the vertical; positive leans to the right going down.

    Shape:
        returns: ``(H, W // 2 + 1)``, to multiply :func:`scipy.fft.rfft2` with.

    >>> plane = np.arange(12.0).reshape(3, 4)
    >>> np.round(fft.irfft2(difference((3, 4), 90) * fft.rfft2(plane), s=(3, 4)), 9)[0].tolist()
    [1.0, 1.0, 1.0, -3.0]
    """
    down, right = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    kernel = np.zeros(size)
    for step_down, share_down in ((0, 1 - abs(down)), (int(np.sign(down)), abs(down))):
        for step_right, share_right in ((0, 1 - abs(right)), (int(np.sign(right)), abs(right))):
            kernel[-step_down % size[0], -step_right % size[1]] += share_down * share_right
    kernel[0, 0] -= 1
    spectrum: Spectrum = fft.rfft2(kernel)
    return spectrum


def _shrink(values: Plane, by: float) -> Plane:
    return values - np.clip(values, -by, by)
