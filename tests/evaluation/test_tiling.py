"""Tiles overlap and blend so that a method with a short reach never shows a seam."""

from __future__ import annotations

import itertools

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from nlcl_bench.core.errors import InputError
from nlcl_bench.evaluation.tiling import GRID, OVERLAP, starts, tiled

tiles = st.sampled_from([128, 144, 160, 256])
lengths = st.integers(1, 700)


@given(lengths, tiles)
def test_tiles_cover_the_side_and_share_enough(length, tile):
    begins = starts(length, tile)
    assert begins[0] == 0
    assert begins[-1] + tile >= length
    assert all(begin % GRID == 0 for begin in begins)
    assert all(left + tile - right >= OVERLAP for left, right in itertools.pairwise(begins))
    assert begins == sorted(set(begins))


def image(height: int, width: int) -> torch.Tensor:
    return torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(height * 1000 + width))


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 400), st.integers(1, 400), tiles)
def test_doing_nothing_in_tiles_is_doing_nothing(height, width, tile):
    rainy = image(height, width)
    assert torch.allclose(tiled(lambda batch: batch, rainy, tile), rainy, atol=1e-6)


@settings(max_examples=15, deadline=None)
@given(st.integers(20, 330), st.integers(20, 330), tiles, st.integers(1, OVERLAP // 4))
def test_a_method_of_short_reach_gives_the_whole_images_result(height, width, tile, reach):
    kernel = torch.rand(1, 1, 2 * reach + 1, 1, generator=torch.Generator().manual_seed(reach)).expand(3, -1, -1, -1)

    def blur(batch: torch.Tensor) -> torch.Tensor:
        padded = functional.pad(batch, (0, 0, reach, reach), mode="replicate")
        return functional.conv2d(padded, kernel / kernel[0].sum(), groups=3)

    rainy = image(height, width)
    assert torch.allclose(tiled(blur, rainy, tile), blur(rainy), atol=1e-5)


def test_the_fast_blend_equals_a_slow_one_pixel_by_pixel():
    """The twin weighs every pixel of every tile by its distance to the tile's inner borders."""
    rainy, tile = image(150, 1)[..., :1], 128
    calls = iter(torch.tensor([0.25, 0.75]))
    blended = tiled(lambda batch: torch.full_like(batch, float(next(calls))), rainy, tile)[0, 0, :, 0]
    first, second = starts(150, tile)
    for row in range(150):
        weights = []
        for begin, borders in ((first, (False, True)), (second, (True, False))):
            weight = 1.0 if begin <= row < begin + tile else 0.0
            if borders[0]:
                weight = min(weight, max(0.0, (row - begin + 0.5 - OVERLAP / 4) / (OVERLAP / 2)))
            if borders[1]:
                weight = min(weight, max(0.0, (begin + tile - row - 0.5 - OVERLAP / 4) / (OVERLAP / 2)))
            weights.append(weight)
        expected = (0.25 * weights[0] + 0.75 * weights[1]) / sum(weights)
        assert float(blended[row]) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("tile", [16, 127, 130, 2 * OVERLAP - GRID])
def test_a_useless_tile_size_is_refused(tile):
    with pytest.raises(InputError, match="is no tile size"):
        tiled(lambda batch: batch, image(10, 10), tile)
