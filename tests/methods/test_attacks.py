"""Attacks change a photograph as they say, keep its size, and are loaded as methods are."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from nlcl_bench.core.errors import UnknownNameError
from nlcl_bench.core.images import to_tensor
from nlcl_bench.evaluation.apply import apply, load_method
from nlcl_bench.methods import spoiling
from nlcl_bench.methods.attacks import ATTACKS, UNTOUCHED
from nlcl_bench.methods.catalogue import METHODS, by_name


def attacked(spec, image):
    return apply(load_method(spec, torch.device("cpu"), None), spec, to_tensor(image))


def grey_difference(one, other):
    return np.abs(np.asarray(one, dtype=float) - np.asarray(other, dtype=float)).mean()


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 40), st.integers(1, 40), st.integers(0, 99))
def test_every_attack_keeps_the_size_of_any_photograph_and_does_the_same_twice(width, height, seed):
    image = Image.fromarray(np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8))
    for spec in ATTACKS:
        found = attacked(spec, image)
        assert found.shape == (3, height, width)
        assert torch.equal(found, attacked(spec, image))
        assert torch.equal(found, (found * 255).round() / 255)


def test_all_attacks_but_the_first_change_a_photograph(photograph):
    image = photograph(1)
    unchanged = [spec for spec in ATTACKS if torch.equal(attacked(spec, image), to_tensor(image))]
    assert unchanged == [UNTOUCHED]


def test_an_attack_is_found_by_its_name_and_is_no_method_of_the_catalogue():
    for spec in ATTACKS:
        assert by_name(spec.name) is spec
        assert spec.name not in METHODS.names()
        assert spec.supervision == "attack"
    assert by_name("identity") is METHODS.get("identity")
    with pytest.raises(UnknownNameError):
        by_name("attack-nothing")


def test_lower_quality_differs_more(photograph):
    image = photograph(2)
    found = [grey_difference(spoiling.jpeg(image, quality), image) for quality in (95, 75, 50)]
    assert found == sorted(found)
    assert found[0] > 0


def test_a_flip_twice_is_the_photograph(photograph):
    image = photograph(3, 31, 20)
    for flip in (spoiling.mirrored, spoiling.upside_down):
        assert grey_difference(flip(image), image) > 1
        assert grey_difference(flip(flip(image)), image) == 0


def test_a_mosaic_is_four_copies_of_the_photograph_at_half_its_size(photograph):
    image = photograph(4, 64, 48)
    small = np.asarray(image.resize((32, 24), Image.Resampling.BICUBIC))
    whole = np.asarray(spoiling.mosaic(image))
    np.testing.assert_array_equal(whole[:24, :32], small)
    np.testing.assert_array_equal(whole[:24, 32:], small[:, ::-1])
    np.testing.assert_array_equal(whole[24:], whole[:24][::-1])


def test_blur_and_halving_take_detail_away_and_sharpening_adds_it(photograph):
    image = photograph(5)

    def detail(picture):
        return np.abs(np.diff(np.asarray(picture, dtype=float), axis=1)).mean()

    assert detail(spoiling.blurred(image, 1.0)) < detail(image) < detail(spoiling.sharpened(image, 1.0, 1.0))
    assert detail(spoiling.half(image)) < detail(image)


def test_noise_is_as_strong_as_it_says_and_the_same_on_every_photograph():
    flats = [Image.new("RGB", (200, 150), (level, level, level)) for level in (100, 140)]
    noise = [np.asarray(spoiling.noisy(flat, 8.0), dtype=float) - np.asarray(flat) for flat in flats]
    assert noise[0].std() == pytest.approx(8, rel=0.02)
    assert abs(noise[0].mean()) < 0.1
    np.testing.assert_array_equal(noise[0], noise[1])


@pytest.mark.parametrize("spec", [spec for spec in ATTACKS if "noise" not in spec.name], ids=lambda spec: spec.name)
def test_a_flat_photograph_stays_flat(spec):
    flat = Image.new("RGB", (40, 33), (90, 120, 150))
    found = attacked(spec, flat)
    assert torch.equal(found, found[:, :1, :1].expand_as(found))
    assert (found - to_tensor(flat)).abs().max() <= 4 / 255  # JPEG rounds colours
