"""The controls do exactly what their titles say."""

from __future__ import annotations

import io

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from baselines import filters
from nlcl_bench.core.images import from_tensor


def image(height: int = 18, width: int = 23, seed: int = 0) -> torch.Tensor:
    return torch.rand(2, 3, height, width, generator=torch.Generator().manual_seed(seed))


def mirrored(plane: np.ndarray, row: int, column: int) -> float:
    """Return a value with the borders mirrored, edge not repeated."""

    def inside(index: int, length: int) -> int:
        index = abs(index) % max(1, 2 * length - 2)
        return index if index < length else 2 * length - 2 - index

    return plane[inside(row, plane.shape[0]), inside(column, plane.shape[1])]


def windows(plane: np.ndarray, radius: int):
    """Yield every pixel's position and the values around it."""
    reach = range(-radius, radius + 1)
    for row, column in np.ndindex(plane.shape):
        yield (row, column), np.array([[mirrored(plane, row + i, column + j) for j in reach] for i in reach])


def test_identity_returns_a_copy():
    rainy = image()
    out = filters.identity(rainy)
    assert torch.equal(out, rainy)
    assert out.data_ptr() != rainy.data_ptr()


def test_jpeg75_is_what_saving_the_photo_gives():
    rainy = image(40, 50)
    saved = io.BytesIO()
    from_tensor(rainy[1]).save(saved, "JPEG", quality=75)
    expected = np.asarray(Image.open(saved))
    assert np.array_equal(np.asarray(from_tensor(filters.jpeg75(rainy)[1])), expected)


def test_median_equals_a_slow_twin():
    plane = image().double()[0, 1].numpy()
    slow = np.zeros_like(plane)
    for place, values in windows(plane, 2):
        slow[place] = np.median(values)
    assert np.allclose(filters.median(image())[0, 1].numpy(), slow, atol=1e-7)


def test_gaussian_equals_a_slow_twin():
    plane = image().double()[1, 2].numpy()
    line = np.exp(-(np.arange(-4, 5) ** 2) / 2)
    kernel = np.outer(line, line) / line.sum() ** 2
    slow = np.zeros_like(plane)
    for place, values in windows(plane, 4):
        slow[place] = (kernel * values).sum()
    assert np.allclose(filters.gaussian(image())[1, 2].numpy(), slow, atol=1e-6)


def test_guided_filter_equals_its_definition():
    """Every window gives a line; a pixel is the mean of the lines of all windows that hold it."""
    plane, radius, epsilon = image(12, 14).double()[0, 0].numpy(), 2, 0.01
    slope, offset = np.zeros_like(plane), np.zeros_like(plane)
    for place, values in windows(plane, radius):
        slope[place] = values.var() / (values.var() + epsilon)
        offset[place] = values.mean() * (1 - slope[place])
    slow = np.zeros_like(plane)
    for (place, slopes), (_, offsets) in zip(windows(slope, radius), windows(offset, radius), strict=True):
        slow[place] = slopes.mean() * plane[place] + offsets.mean()
    assert np.allclose(filters.guided_plane(plane, radius, epsilon), slow, atol=1e-10)


def test_guided_filter_keeps_an_edge_and_smooths_faint_streaks():
    edge = np.where(np.arange(64) < 32, 0.1, 0.9) * np.ones((64, 1))
    streaks = edge + 0.02 * (np.arange(64) % 7 == 0)
    smoothed = filters.guided_plane(streaks)
    assert np.abs(smoothed - edge)[:, 8:24].max() < 0.5 * 0.02
    assert np.abs(smoothed[:, 31] - 0.1).max() < 0.02


@settings(max_examples=20, deadline=None)
@given(st.integers(1, 12), st.integers(1, 12))
@pytest.mark.parametrize("name", ["identity", "jpeg75", "gaussian", "median", "guided"])
def test_every_size_is_taken_and_a_flat_image_stays_flat(name, height, width):
    flat = torch.full((1, 3, height, width), 128 / 255)
    out = getattr(filters, name)(flat)
    assert out.shape == flat.shape
    assert out.dtype == torch.float32
    assert torch.allclose(out, flat, atol=1e-6)
