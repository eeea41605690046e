"""UGSM finds what its three terms say is rain, and its rounds lead to the minimum."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import fft

from baselines.priors.ugsm import (
    MARGIN,
    SMOOTH_ACROSS,
    SMOOTH_ALONG,
    SPARSE,
    continued,
    difference,
    sparse_rain,
)


def band(width: int, top: int = 0, bottom: int = 64) -> np.ndarray:
    """Return a grey plane with an upright bright band."""
    plane = np.full((64, 64), 0.3)
    plane[top:bottom, 30 : 30 + width] = 0.5
    return plane


def cost(layer: np.ndarray, rainy: np.ndarray) -> float:
    """Return what the model minimises, for upright rain and periodic borders."""
    along = np.roll(layer, -1, axis=0) - layer
    behind = rainy - layer
    across = np.roll(behind, -1, axis=1) - behind
    return SMOOTH_ALONG * abs(along).sum() + SPARSE * abs(layer).sum() + SMOOTH_ACROSS * abs(across).sum()


@pytest.mark.parametrize("width", [1, 3])
def test_a_long_narrow_line_is_rain(width):
    assert np.abs(sparse_rain(band(width), 0, rounds=200) - (band(width) - 0.3)).max() < 0.01


def test_a_speck_a_wide_band_and_a_line_across_are_not():
    wide = int(2 * SMOOTH_ACROSS / SPARSE) + 6
    for plane in (band(1, 30, 31), band(wide), band(2).T):
        assert sparse_rain(plane, 0, rounds=200).max() < 0.01


def test_the_rounds_lead_to_a_minimum(monkeypatch):
    """No small change of the layer is cheaper, beyond what is left to converge."""
    rng = np.random.default_rng(0)
    plane = np.clip(0.3 + 0.05 * rng.standard_normal((24, 24)) + 0.2 * (rng.random((1, 24)) > 0.8), 0, 1)
    monkeypatch.setattr("baselines.priors.ugsm.MARGIN", 0)
    found = sparse_rain(plane, 0, rounds=1500)
    least = cost(found, plane)
    assert least < cost(np.zeros_like(plane), plane)
    for _ in range(200):
        changed = np.maximum(found + 0.01 * rng.standard_normal(plane.shape) * (rng.random(plane.shape) > 0.9), 0)
        assert cost(changed, plane) > least - 1e-3


@pytest.mark.parametrize(("angle", "axis"), [(0, 0), (90, 1)])
def test_a_difference_is_that_of_neighbours(angle, axis):
    plane = np.random.default_rng(0).random((9, 14))
    found = fft.irfft2(difference(plane.shape, angle) * fft.rfft2(plane), s=plane.shape)
    assert np.allclose(found, np.roll(plane, -1, axis=axis) - plane)


def test_along_a_slanting_line_there_is_no_difference():
    rows, columns = np.indices((60, 60))
    plane = np.sin(0.3 * (columns - rows * np.tan(np.radians(20))))
    apart = [
        np.abs(fft.irfft2(difference(plane.shape, angle) * fft.rfft2(plane), s=plane.shape))[2:-2, 2:-2].max()
        for angle in (20, 110)
    ]
    assert apart[0] < 0.1 * apart[1]


def test_a_plane_is_continued_by_mirroring():
    plane = np.random.default_rng(0).random((37, 41))
    large = continued(plane)
    assert np.array_equal(large[MARGIN : MARGIN + 37, MARGIN : MARGIN + 41], plane)
    assert np.array_equal(large[MARGIN - 3, MARGIN:][:41], plane[3])
