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

from nlcl_bench.core import orientation
from nlcl_bench.core.orientation import Scales, main_direction, votes

if TYPE_CHECKING:
    import numpy.typing as npt

    Plane = npt.NDArray[np.float64]
    Mask = npt.NDArray[np.bool_]

__all__ = ["flat", "high_pass", "rain_angle", "rain_mask", "turned_frequencies"]

_SCALES = Scales(fine=0.8, around=2.0, coarse=4.0)
"""In pixels of the size of measuring."""

_GRID = 8
"""Cells along each side of the picture; each has the same say about the angle, so that one house has not all of it."""

_ALONG, _ACROSS = 6.0, 1.0
"""Standard deviations of the line filter: along the streaks and across them."""

_OTHERWISE = 0.95
"""Share of the line filter's answers in the direction across the rain that stay under the mask's threshold."""


def flat(plane: Plane) -> bool:
    """Whether a picture has no structure: it varies by less than one grey level of 255.

    >>> flat(np.full((64, 64), 0.5)), flat(np.eye(64))
    (True, False)
    """
    return bool(np.ptp(plane) < 1 / 255)


def high_pass(plane: Plane) -> Plane:
    """Return what a Gaussian blur of 4 pixels takes away."""
    return orientation.high_pass(plane, _SCALES.coarse)


def rain_angle(plane: Plane) -> float:
    """Estimate the direction of the fall, in degrees from the vertical, within plus or minus 55.

    Each pixel votes for the direction of the lines around it, and the angle is the mean around the mode of all votes:
    see :mod:`nlcl_bench.core.orientation`.

    Shape:
        plane: luma ``(H, W)``, in [0, 1]. Of a picture without lines the angle is arbitrary, but always the same.
    """
    return main_direction(votes(plane, _SCALES, _GRID))


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
