"""Tiles overlap and blend so that a method with a short reach never shows a seam."""

from __future__ import annotations

import itertools

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch.nn import functional

from nlcl_bench.core.errors import InputError
from nlcl_bench.evaluation.tiling import BLEND, GRID, overlap, smallest_tile, starts, tiled
from nlcl_bench.methods.spec import SizeRule

tiles = st.sampled_from([128, 144, 160, 256])
lengths = st.integers(1, 700)
reaches = st.integers(0, 80)
multiples = st.sampled_from([1, 4, 24, 32])

REACH, SHARED = 16, overlap(16)
ANY = SizeRule()


@given(lengths, reaches, multiples, st.integers(0, 5))
def test_tiles_cover_the_side_and_share_enough(length, reach, multiple, larger):
    least, grid = smallest_tile(reach, SizeRule(multiple_of=multiple))
    tile = least + larger * grid
    begins = starts(length, tile, overlap(reach), grid)
    assert begins[0] == 0
    assert begins[-1] + tile >= length
    assert all(begin % GRID == 0 and begin % multiple == 0 for begin in begins)
    assert all(left + tile - right >= 2 * reach + BLEND for left, right in itertools.pairwise(begins))
    assert begins == sorted(set(begins))


def image(height: int, width: int) -> torch.Tensor:
    return torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(height * 1000 + width))


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 400), st.integers(1, 400), tiles)
def test_doing_nothing_in_tiles_is_doing_nothing(height, width, tile):
    rainy = image(height, width)
    assert torch.allclose(tiled(lambda batch: batch, rainy, tile, reach=REACH, size=ANY), rainy, atol=1e-6)


@settings(max_examples=20, deadline=None)
@given(st.integers(20, 460), st.integers(20, 330), st.integers(1, 70), st.integers(0, 2), st.sampled_from([1, 4, 24]))
def test_a_method_gives_the_whole_images_result_in_tiles_that_know_its_reach(height, width, reach, larger, multiple):
    kernel = torch.rand(1, 1, 2 * reach + 1, 1, generator=torch.Generator().manual_seed(reach)).expand(3, -1, -1, -1)
    size = SizeRule(multiple_of=multiple)
    least, grid = smallest_tile(reach, size)

    def blur(batch: torch.Tensor) -> torch.Tensor:
        assert batch.shape[-2] % multiple == batch.shape[-1] % multiple == 0
        padded = functional.pad(batch, (0, 0, reach, reach), mode="replicate")
        return functional.conv2d(padded, kernel / kernel[0].sum(), groups=3)

    rainy = image(*(-(-side // multiple) * multiple for side in (height, width)))
    tiles = tiled(blur, rainy, least + larger * grid, reach=reach, size=size)
    assert torch.allclose(tiles, blur(rainy), atol=1e-5)


def test_tiles_of_a_method_that_reaches_farther_than_it_says_show_seams():
    def shift(batch: torch.Tensor) -> torch.Tensor:
        return torch.cat([batch[..., 60:, :], batch[..., -1:, :].expand(-1, -1, 60, -1)], dim=-2)

    rainy = image(400, 150)
    assert not torch.allclose(tiled(shift, rainy, 128, reach=16, size=ANY), shift(rainy), atol=0.01)
    assert torch.allclose(tiled(shift, rainy, 320, reach=60, size=ANY), shift(rainy), atol=1e-5)


def test_the_fast_blend_equals_a_slow_one_pixel_by_pixel():
    """The twin weighs every pixel of every tile by its distance to the tile's inner borders."""
    rainy, tile = image(150, 1)[..., :1], 128
    calls = iter(torch.tensor([0.25, 0.75]))
    blended = tiled(lambda batch: torch.full_like(batch, float(next(calls))), rainy, tile, reach=REACH, size=ANY)[
        0, 0, :, 0
    ]
    first, second = starts(150, tile, SHARED)
    for row in range(150):
        weights = []
        for begin, borders in ((first, (False, True)), (second, (True, False))):
            weight = 1.0 if begin <= row < begin + tile else 0.0
            if borders[0]:
                weight = min(weight, max(0.0, (row - begin + 0.5 - REACH) / BLEND))
            if borders[1]:
                weight = min(weight, max(0.0, (begin + tile - row - 0.5 - REACH) / BLEND))
            weights.append(weight)
        expected = (0.25 * weights[0] + 0.75 * weights[1]) / sum(weights)
        assert float(blended[row]) == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("tile", [16, 127, 130, 2 * SHARED - GRID])
def test_a_useless_tile_size_is_refused(tile):
    with pytest.raises(InputError, match="is no tile size: it must be a multiple of 16 and at least 128"):
        tiled(lambda batch: batch, image(10, 10), tile, reach=REACH, size=ANY)


def test_the_smallest_tile_has_room_for_the_smallest_image_and_keeps_to_its_grid():
    size = SizeRule(multiple_of=24, minimum=300)
    least, grid = smallest_tile(4, size)
    assert (least, grid) == (384, 48)
    with pytest.raises(InputError, match="try --tile 1056"):
        tiled(lambda batch: batch, image(10, 10), 1024, reach=4, size=size)
