"""The bilateral filter and the directional opening do what their equations say."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from baselines.priors.bilateral import RADIUS, SIGMA_COLOUR, SIGMA_SPACE, bilateral
from baselines.priors.directional import ALONG, line, streaks


def test_the_bilateral_filter_equals_a_slow_twin():
    image = 0.4 + 0.2 * torch.rand(1, 3, 12, 11, generator=torch.Generator().manual_seed(0))
    half, side = RADIUS, 2 * RADIUS + 1
    around = np.pad(image[0].double().numpy(), ((0, 0), (half, half), (half, half)), mode="reflect")
    slow = np.zeros(image.shape[1:])
    for row, column in np.ndindex(12, 11):
        window = around[:, row : row + side, column : column + side]
        steps = np.square(np.indices((side, side)) - half).sum(axis=0)
        colours = np.square(window - around[:, row + half, column + half][:, None, None]).sum(axis=0)
        weights = np.exp(-steps / (2 * SIGMA_SPACE**2)) * np.exp(-colours / (2 * SIGMA_COLOUR**2))
        slow[:, row, column] = (window * weights).sum(axis=(1, 2)) / weights.sum()
    assert np.abs(bilateral(image)[0].numpy() - slow).max() < 1e-5


def test_the_bilateral_filter_keeps_an_edge_and_smooths_faint_specks():
    edge = torch.where(torch.arange(40) < 20, 0.1, 0.9).expand(1, 3, 40, 40)
    specks = edge.clone()
    specks[..., ::7, ::7] += 0.05
    smooth = bilateral(specks)
    assert (smooth - edge).abs().max() < 0.04
    assert (smooth - edge)[..., 10:30, 18:22].abs().max() < 0.04


def drawn(angle: float, length: int) -> np.ndarray:
    """Return a grey plane with one bright line through its middle."""
    plane = np.full((61, 61), 0.3)
    mask = line(length, angle)
    top, left = (np.array(plane.shape) - mask.shape) // 2
    plane[top : top + mask.shape[0], left : left + mask.shape[1]][mask] = 0.7
    return plane


@pytest.mark.parametrize("angle", [-40, -10, 0, 25, 45])
def test_the_opening_finds_a_long_line_that_runs_with_the_rain(angle):
    rows, columns = np.indices((61, 61)) - 30
    down, right = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    drop = np.exp(-0.5 * ((columns * down - rows * right) / 0.7) ** 2) * (abs(rows * down + columns * right) < ALONG)
    found = streaks(0.3 + 0.4 * drop, angle)
    assert np.abs(found - 0.4 * drop).sum() < 0.35 * 0.4 * drop.sum()


@pytest.mark.parametrize("angle", [-10, 0, 25])
def test_the_opening_leaves_lines_across_specks_and_wide_things(angle):
    disc = np.where(np.hypot(*(np.indices((61, 61)) - 30)) < 12, 0.7, 0.3)
    for plane in (drawn(angle + 90, 2 * ALONG + 1), drawn(angle, ALONG - 4), disc):
        assert streaks(plane, angle).max() < 1e-9


@pytest.mark.parametrize("angle", range(-90, 91, 15))
def test_a_line_has_its_length_and_no_gaps(angle):
    mask = line(11, angle)
    assert mask.sum() == 11
    assert max(mask.shape) == 11
    assert np.array_equal(mask, mask[::-1, ::-1])
