"""Where streaks run and where they are: the angle of the rain and a mask of bright thin lines along it.

A falling drop smears over the exposure into a thin line, brighter than what is behind it (Garg and Nayar, "Vision and
Rain", IJCV 75(1), 2007), and all drops of a picture fall in nearly one direction. Everything here is estimated from
the rainy input alone, at the size that :mod:`nlcl_bench.metrics.pictures` gives; lengths are in pixels of that size.

An angle is that of the fall, in degrees from the vertical; positive leans to the right going down. Rain that runs
level, as in a photograph that lies on its side, is not looked for: level lines are the scene's, far more often.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import fft, ndimage

if TYPE_CHECKING:
    import numpy.typing as npt

    Plane = npt.NDArray[np.float64]
    Mask = npt.NDArray[np.bool_]

__all__ = ["flat", "high_pass", "rain_angle", "rain_mask", "turned_frequencies"]

STEEPEST = 55.0
"""Rain farther from the vertical than this is not looked for."""

_FINE, _AROUND, _COARSE = 0.8, 2.0, 4.0
"""Standard deviations: of the derivatives, of the neighbourhood they are averaged over, of what the high-pass takes."""

_GRID = 8
"""Cells along each side of the picture; each has the same say about the angle, so that one house has not all of it."""

_FAINT = 0.02
"""Share of a cell that must be lines before it has half of its say."""

_NOISE, _EDGE = 0.004, 0.014
"""Contrast, in luma per standard deviation of the derivative, that counts half as too faint and half as too steep."""

_WINDOW = 15.0
"""Lines within this many degrees of the main direction belong to it."""

_ALONG, _ACROSS = 6.0, 1.0
"""Standard deviations of the line filter: along the streaks and across them."""

_OTHERWISE = 0.95
"""Share of the line filter's answers in the direction across the rain that stay under the mask's threshold."""

_CENTRES = np.arange(-89.0, 90.0, 2.0)
"""Middles of the bins of directions."""


def flat(plane: Plane) -> bool:
    """Whether a picture has no structure: it varies by less than one grey level of 255.

    >>> flat(np.full((64, 64), 0.5)), flat(np.eye(64))
    (True, False)
    """
    return bool(np.ptp(plane) < 1 / 255)


def high_pass(plane: Plane) -> Plane:
    """Return what a Gaussian blur of 4 pixels takes away."""
    high: Plane = plane - ndimage.gaussian_filter(plane, _COARSE, mode="nearest")
    return high


def rain_angle(plane: Plane) -> float:
    """Estimate the direction of the fall, in degrees from the vertical, within plus or minus 55.

    Each pixel votes for the direction of lines around it, which is 90 degrees from 1/2 atan2(2 Jxy, Jxx - Jyy), J being
    the structure tensor of the high-passed luma (Bigun and Granlund, "Optimal orientation detection of linear
    symmetry", ICCV 1987). A vote weighs coherence^3 s^2/(s^2 + noise^2) / (1 + (s/edge)^4) with s^2 the trace of J:
    what is fainter than noise does not count, and edges of buildings, far steeper than rain, count little. Each cell of
    a grid has the same say. The angle is the mean around the mode of all votes.

    Shape:
        plane: luma ``(H, W)``, in [0, 1]. Of a picture without lines the angle is arbitrary, but always the same.
    """
    direction, weight = _directions(plane)
    height, width = plane.shape
    cell = (np.arange(height) * _GRID // height)[:, None] * _GRID + np.arange(width) * _GRID // width
    slot = cell * _CENTRES.size + ((direction + 90) / 2).astype(np.int64) % _CENTRES.size
    counts = np.bincount(slot.ravel(), weight.ravel(), _GRID**2 * _CENTRES.size).reshape(_GRID**2, _CENTRES.size)
    shares = counts / (counts.sum(axis=1, keepdims=True) + _FAINT * plane.size / _GRID**2)
    return _main(ndimage.gaussian_filter1d(shares.mean(axis=0), 2.0, mode="wrap"))


def _directions(plane: Plane) -> tuple[Plane, Plane]:
    """Return for each pixel the direction of lines around it, in [-90, 90] degrees from the vertical, and its vote."""
    high = high_pass(plane)
    right = ndimage.gaussian_filter(high, _FINE, order=(0, 1), mode="nearest") * _FINE
    down = ndimage.gaussian_filter(high, _FINE, order=(1, 0), mode="nearest") * _FINE
    xx, yy, xy = (
        ndimage.gaussian_filter(product, _AROUND, mode="nearest") for product in (right**2, down**2, right * down)
    )
    square = xx + yy
    coherence = np.hypot(xx - yy, 2 * xy) / (square + _NOISE**2 / 4)
    weight = coherence**3 * square / (square + _NOISE**2) / (1 + square**2 / _EDGE**4)
    return -np.degrees(0.5 * np.arctan2(2 * xy, xx - yy)), weight


def _main(votes: Plane) -> float:
    """Return the direction around which most votes lie, among those that rain can have."""
    allowed = np.abs(_CENTRES) <= STEEPEST
    angle = float(_CENTRES[allowed][np.argmax(votes[allowed])])
    for _ in range(3):  # the mean around the mode, moved along with it
        near = np.abs(_CENTRES - angle) <= _WINDOW
        excess = np.maximum(votes[near] - np.median(votes), 0)
        if excess.sum() > 0:
            angle = float(excess @ _CENTRES[near] / excess.sum())
    return float(np.clip(angle, -STEEPEST, STEEPEST))


def turned_frequencies(size: tuple[int, int], angle: float) -> tuple[Plane, Plane]:
    """Return the frequencies along and across the rain of each coefficient of :func:`scipy.fft.rfft2`.

    Args:
        size: Height and width of the plane that is transformed.
        angle: Of the rain, in degrees.

    Shape:
        returns: two planes ``(H, W // 2 + 1)``, in cycles per pixel.
    """
    down, right = fft.fftfreq(size[0])[:, None], fft.rfftfreq(size[1])[None, :]
    turn = np.radians(angle)
    return down * np.cos(turn) + right * np.sin(turn), right * np.cos(turn) - down * np.sin(turn)


def rain_mask(plane: Plane, angle: float) -> Mask:
    """Return where bright, thin, long lines run along the rain.

    A line filter, the negative second derivative across the rain of an elongated Gaussian, answers to them. Where its
    answer is above 95 of 100 answers of the same filter turned by 90 degrees, which sees the scene but not the rain,
    there is a streak; the mask is that, one pixel wider on every side.

    Shape:
        plane: luma ``(H, W)``, in [0, 1].
        returns: the same, True on streaks.
    """
    along, otherwise = (_lines(plane, turned) for turned in (angle, angle + 90))
    threshold = max(float(np.quantile(otherwise, _OTHERWISE)), 1e-6)
    mask: Mask = ndimage.binary_dilation(along > threshold, np.ones((3, 3)))
    return mask


def _lines(plane: Plane, angle: float) -> Plane:
    """Filter in the frequency domain, where an elongated Gaussian turns exactly; borders are mirrored."""
    margin = min(32, *plane.shape)
    padded = np.pad(plane, margin, mode="symmetric")
    along, across = turned_frequencies((padded.shape[0], padded.shape[1]), angle)
    transfer = across**2 * np.exp(-2 * np.pi**2 * ((_ALONG * along) ** 2 + (_ACROSS * across) ** 2))
    lines: Plane = fft.irfft2(fft.rfft2(padded) * transfer * 4 * np.pi**2, padded.shape)
    return lines[margin:-margin, margin:-margin]
