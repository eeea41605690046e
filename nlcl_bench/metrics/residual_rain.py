"""How much rain is left: detail along the direction of the rain, beside what became of detail in other directions.

Streaks that run in one direction gather their energy, in the frequency domain, in a cone around the direction across
them (Barnum, Narasimhan and Kanade, "Analysis of rain and snow in frequency space", IJCV 86, 2010). Let F_I and F_O be
the Fourier transforms of the luma of input and output, each high-passed, tapered at the borders, and divided by
s^2 + 0.02^2, s being the local contrast of the *input* (Gaussian window of 8 pixels), so that the edges of things have
less say than rain before a sky or a wall. Of the directions of frequencies, measured from the one across the rain,
those up to 20 degrees are the rain's cone, 25 to 45 its flanks, 45 to 90 the rest. For each octave b of frequencies

    a = sum over the cone of |F_O|^2 / the same of |F_I|^2                    energy of the rain that is left
    g(S) = sum over S of Re(F_O conj F_I) / the same of |F_I|^2               detail of the scene that is left
    g = max(0, min(g(rest), g(flanks) / min(1, E(rest) / E(flanks))))         E: mean energy of the input there
    residual = sum w_b (a_b + e) / sum w_b (g_b^2 + e),   e = 0.03

w_b tells how far the rain stands out in the octave: E(cone) / E(rest) - 1, and at least 0.1.

What keeps it from being gamed:

- Blur, compression and lower contrast take detail from all directions alike: a and g^2 fall together, octave by octave.
  An output without any detail scores 1, thanks to e, and a rest of detail that is below it counts for nothing.
- A blur across the rain alone takes the flanks with it. Rain lies in the flanks, too; only as much is asked of them as
  the scene can be thought to have there, which is as much as in the rest.
- g is a correlation with the input, so invented detail does not raise it; noise, new streaks, and dark streaks where
  too much was taken away raise a.

What is measured is the rain's cone, not rain: the scene has lines of that direction, too, so the truth itself does not
score 0. Values compare outputs of one input, or means over the same inputs. In heavy rain, a wide blur across it alone
comes near the truth: that is for :mod:`nlcl_bench.metrics.content_kept` to see. Before a house all of beams and posts
the angle found is that of the house, and the measure tells nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from scipy import fft, ndimage
from scipy.signal.windows import tukey

from nlcl_bench.metrics.pictures import luma
from nlcl_bench.metrics.streaks import flat, high_pass, rain_angle, turned_frequencies

if TYPE_CHECKING:
    import numpy.typing as npt

    Plane = npt.NDArray[np.float64]
    Spectrum = npt.NDArray[np.complex128]
    Mask = npt.NDArray[np.bool_]

__all__ = ["residual_rain"]

_OCTAVES = ((1 / 16, 1 / 8), (1 / 8, 1 / 4), (1 / 4, 1 / 2))
"""In cycles per pixel: lines of about 8 to 1 pixels across."""

_CONE, _FLANKS, _REST = (0, 20), (25, 45), (45, 90.1)
"""Directions of frequencies, in degrees from the one across the rain."""

_CONTRAST = 0.02
"""Local contrast, in luma, that has most say: that of rain. Fainter is noise, stronger are the edges of things."""

_E = 0.03

_LEAST = 0.1
"""Least weight of an octave."""


def residual_rain(derained: Plane, rainy: Plane) -> float:
    """Return the rain that is left, by the rain that was there: 1 is as much, towards 0 is none; NaN for a flat input.

    Shape:
        derained, rainy: float64 ``(H, W, 3)``, sRGB, in [0, 1].
    """
    before, after = luma(rainy), luma(derained)
    if flat(before):
        return float("nan")
    detail = high_pass(before)
    local = ndimage.gaussian_filter(detail**2, 8.0, mode="nearest")
    weight = _taper(before.shape) / (local + _CONTRAST**2)
    spectrum, left = (fft.rfft2(one * weight) for one in (detail, high_pass(after)))
    along, across = turned_frequencies((before.shape[0], before.shape[1]), rain_angle(before))
    away, radius = np.degrees(np.arctan2(np.abs(along), np.abs(across))), np.hypot(along, across)
    octaves = []
    for low, high in _OCTAVES:
        ring = (radius >= low) & (radius < high)
        cone, flanks, rest = (ring & (away >= least) & (away < most) for least, most in (_CONE, _FLANKS, _REST))
        octaves.append(_octave(spectrum, left, cone, flanks, rest))
    stays, kept, weights = np.transpose(octaves)
    return float(weights @ (stays + _E) / (weights @ (kept**2 + _E)))


def _octave(spectrum: Spectrum, left: Spectrum, cone: Mask, flanks: Mask, rest: Mask) -> tuple[float, float, float]:
    """Return a, g and w of one octave; an octave in which the input has nothing to compare with counts as unchanged."""
    energy = np.abs(spectrum) ** 2
    means = [float(energy[part].mean()) for part in (cone, flanks, rest)]
    if min(means) <= 0:
        return 1.0, 1.0, _LEAST
    stays = float((np.abs(left[cone]) ** 2).mean()) / means[0]
    of_flanks, of_rest = (
        float((left[part] * spectrum[part].conj()).real.mean()) / mean
        for part, mean in zip((flanks, rest), means[1:], strict=True)
    )
    kept = max(0.0, min(of_rest, of_flanks / min(1.0, means[2] / means[1])))
    return stays, kept, max(_LEAST, means[0] / means[2] - 1)


def _taper(size: tuple[int, ...]) -> Plane:
    """Return a window that falls to 0 at the borders, whose jump would else be a cross in the spectrum."""
    window: Plane = np.outer(*(tukey(side, 0.2) for side in size))
    return window
