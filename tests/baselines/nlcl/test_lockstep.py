"""Bands in lockstep give what the whole image gives; a finite reach needs no lockstep, but tiles."""

from __future__ import annotations

import os
import tempfile

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from baselines.nlcl import lockstep
from baselines.nlcl.derainer import load
from baselines.nlcl.lockstep import in_lockstep
from baselines.nlcl.networks import Generator, Separator
from baselines.nlcl.weights import load_generator
from baselines.tiles import in_tiles
from nlcl_bench.core.errors import StorageError
from nlcl_bench.core.images import decode_file, to_tensor

LEVEL = 2 / 255
"""A grey level where values are in [-1, 1]."""


@pytest.fixture(scope="module")
def generator():
    torch.manual_seed(0)
    return Generator().eval().requires_grad_(requires_grad=False)


def rainy(height: int, width: int, number: int = 1) -> torch.Tensor:
    chance = torch.Generator().manual_seed(height * 1000 + width)
    coarse = torch.rand(number, 3, 5, 7, generator=chance) * 2 - 1
    smooth = functional.interpolate(coarse, (height, width), mode="bilinear")
    return (smooth + 0.2 * torch.randn(number, 3, height, width, generator=chance)).clamp(-1, 1)


@settings(max_examples=12, deadline=None)
@given(st.integers(1, 45), st.integers(2, 40), st.integers(1, 900))
def test_bands_of_any_height_give_the_whole_images_result(generator, height, width, band):
    photo = rainy(height, width)
    difference = (in_lockstep(generator, photo, band=band) - generator(photo)).abs().max()
    assert float(difference) < 0.01 * LEVEL


def test_a_map_in_a_file_gives_the_bytes_of_one_in_memory(generator):
    photo = rainy(37, 30)
    in_memory = in_lockstep(generator, photo, band=200)
    assert torch.equal(in_lockstep(generator, photo, band=200, in_memory=0), in_memory)


def test_statistics_are_those_of_the_image_not_of_the_band_and_not_of_the_batch(generator):
    photos = rainy(40, 24, 2)
    photos[1] = photos[1] * 0.1 + 0.8
    together = in_lockstep(generator, photos, band=100)
    assert float((together - generator(photos)).abs().max()) < 0.01 * LEVEL
    assert torch.equal(together[1:], in_lockstep(generator, photos[1:], band=100))
    halves = torch.cat([generator(photos[..., :20, :]), generator(photos[..., 20:, :])], dim=-2)
    assert float((halves - together).abs().max()) > LEVEL  # so the agreement above is no accident


def test_features_far_from_zero_do_not_cost_exactness(generator):
    """Where a mean is a thousand times the deviation, sums of squares in float32 would be all error."""
    shifted = Generator().eval().requires_grad_(requires_grad=False)
    shifted.load_state_dict(generator.state_dict())
    shifted.gen[1].model[0].conv.bias += 300.0
    photo = rainy(60, 50)
    exact = shifted.double()(photo.double()).float()
    ours = in_lockstep(shifted.float(), photo, band=500)
    assert float((ours - exact).abs().max()) < 0.2 * LEVEL


def test_no_room_for_the_file_is_told_in_one_line(generator, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "posix_fallocate", full)
    with pytest.raises(StorageError, match=r"has no room for the 0\.0 GB .*set TMPDIR"):
        in_lockstep(generator, rainy(20, 20), in_memory=0)


def test_nothing_is_left_in_the_temporary_folder(generator, tmp_path, monkeypatch):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    in_lockstep(generator, rainy(20, 20), in_memory=0)
    assert not list(tmp_path.iterdir())


def test_a_network_of_finite_reach_in_tiles_gives_the_whole_images_result():
    torch.manual_seed(3)
    network = nn.Sequential(
        nn.PixelUnshuffle(2),
        nn.Conv2d(12, 8, 5, padding=2),
        nn.ReLU(),
        nn.Conv2d(8, 12, 3, padding=1),
        nn.PixelShuffle(2),
    ).requires_grad_(requires_grad=False)  # sees 3 half-size pixels to each side, and the neighbour within a pair
    photo = rainy(90, 62)
    whole = network(photo)
    assert torch.allclose(in_tiles(network, photo, reach=7, multiple=2, side=1), whole, atol=1e-6)
    assert not torch.allclose(in_tiles(network, photo, reach=2, multiple=2, side=1), whole, atol=1e-3)


def test_our_own_network_sees_no_farther_than_it_says():
    torch.manual_seed(4)
    network = Separator().eval().requires_grad_(requires_grad=False)
    photo = rainy(3 * Separator.REACH + 120, 2 * Separator.REACH + 24)
    tiles = in_tiles(network, photo, reach=Separator.REACH, multiple=Separator.MULTIPLE, side=1)
    assert torch.allclose(tiles, network(photo), atol=1e-5)


def test_the_derainer_goes_in_lockstep_where_an_image_is_large(tmp_path, generator, monkeypatch):
    torch.save(generator.state_dict(), tmp_path / "background.pth")
    derain = load(torch.device("cpu"), tmp_path / "background.pth")
    photo = (rainy(30, 20) + 1) / 2
    whole = derain(photo)
    monkeypatch.setattr("baselines.nlcl.derainer.WHOLE", 100)
    banded = derain(photo)
    assert not torch.equal(banded, whole)
    assert torch.allclose(banded, whole, atol=0.01 / 255)


@pytest.mark.realdata
def test_official_weights_on_a_photograph_agree_far_below_a_grey_level(real_data):
    path = real_data / "weights" / "deraining" / "NLCL" / "checkpoints__RealRain__latest_net_Back.pth"
    network = load_generator(path).eval().requires_grad_(requires_grad=False)
    photo = to_tensor(decode_file(real_data / "clean" / "kodak24" / "kodim01.png"))[None, :, :180, :240] * 2 - 1
    ours = in_lockstep(network, photo, band=lockstep.BAND // 16)
    assert float((ours - network(photo)).abs().max()) < 0.01 * LEVEL
