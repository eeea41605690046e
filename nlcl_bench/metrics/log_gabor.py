"""Log-Gabor filters: waves of one length and direction, as transfer functions in the frequency domain.

Field, "Relations between the statistics of natural images and the response properties of cortical cells", JOSA A 4(12),
1987; with Gaussian spread of the direction, as in Kovesi, "Image features from phase congruency", Videre 1(3), 1999.
"""

from __future__ import annotations

import math

import torch
from torch import Tensor

__all__ = ["log_gabor"]

_BANDWIDTH = 0.55
"""Deviation of the radial part's logarithm, as a ratio to the centre frequency."""

_OVERLAP = 1.1
"""Angle between two directions, in deviations of the angular part."""


def log_gabor(side: int, wavelengths: tuple[float, ...], directions: int) -> Tensor:
    """Return the filters for a square picture, wavelength by wavelength, and of each direction by direction.

    They are rounded to float32 at every step, as in the published values of the metrics that use them.

    Args:
        side: Of the picture, in pixels; even.
        wavelengths: In pixels.
        directions: How many, evenly spread over half a turn.

    Shape:
        returns: float32 ``(len(wavelengths) * directions, side, side)``, frequency zero first, where it is 0.
    """
    frequency = torch.arange(-side / 2, side / 2, dtype=torch.float32) / side
    down, right = torch.meshgrid(frequency, frequency, indexing="ij")
    half = (side // 2, side // 2)
    radius = (down**2 + right**2).sqrt().roll(half, (0, 1))
    radius[0, 0] = 1  # its logarithm is taken, and the result not used
    angle = torch.atan2(-right, down).roll(half, (0, 1))
    bands = [_band(radius, 1 / wavelength) for wavelength in wavelengths]
    fans = [_fan(angle.sin(), angle.cos(), number * math.pi / directions, directions) for number in range(directions)]
    return torch.stack([(fan * band).T for band in bands for fan in fans]).contiguous()


def _band(radius: Tensor, centre: float) -> Tensor:
    """Return a Gaussian of the logarithm of frequency."""
    band = (-(torch.log(radius / centre) ** 2) / (2 * math.log(_BANDWIDTH) ** 2)).exp()
    band[0, 0] = 0
    return band


def _fan(sine: Tensor, cosine: Tensor, direction: float, directions: int) -> Tensor:
    """Return a Gaussian of the angle to a direction."""
    across = sine * math.cos(direction) - cosine * math.sin(direction)
    along = cosine * math.cos(direction) + sine * math.sin(direction)
    away = torch.atan2(across, along).abs()
    return (-(away**2) / (2 * (math.pi / (directions * _OVERLAP)) ** 2)).exp()
