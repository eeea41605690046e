"""The measures of rain and content see what they are named for; blur, compression and flattening do not fool them."""

from __future__ import annotations

import io
import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from scipy import ndimage

from nlcl_bench.core.errors import ContractError
from nlcl_bench.core.images import decode_file
from nlcl_bench.data.examples import packaged_photographs
from nlcl_bench.data.rendering import Rain, render
from nlcl_bench.metrics.colour_shift import colour_shift
from nlcl_bench.metrics.content_kept import content_kept, similarity
from nlcl_bench.metrics.pictures import luma, reduced
from nlcl_bench.metrics.rain_and_content import COLOUR_SHIFT, CONTENT_KEPT, RESIDUAL_RAIN
from nlcl_bench.metrics.residual_rain import residual_rain
from nlcl_bench.metrics.streaks import rain_angle, rain_mask
from nlcl_bench.testing import check_metric

SPECS = (RESIDUAL_RAIN, CONTENT_KEPT, COLOUR_SHIFT)
SCENES = ("chelsea", "coffee", "i03", "i19")  # a cat, a table, caps before a wall, and a fence before a lighthouse


@pytest.fixture(scope="module")
def scenes():
    """Rain-free pieces of photographs, 288 by 256 pixels."""
    chosen = (one for one in packaged_photographs() if one.name in SCENES)
    return {one.name: np.asarray(decode_file(one.path))[20:276, 100:388] / 255 for one in chosen}


def rainy(clean, seed=0, **kind):
    rain = {"angle": 12.0, "spread": 2.0, "length": 0.15, "density": 900.0, "strength": 0.7, "veil": 0.1} | kind
    return render(clean, Rain(**rain), np.random.default_rng(seed))


@pytest.fixture(scope="module")
def pairs(scenes):
    return {name: (rainy(clean), clean) for name, clean in scenes.items()}


def blurred(picture, *sigma):
    return ndimage.gaussian_filter(picture, (*sigma, 0))


def jpeg(picture, quality):
    stream = io.BytesIO()
    Image.fromarray((picture * 255).round().astype(np.uint8)).save(stream, "JPEG", quality=quality)
    return np.asarray(Image.open(stream)) / 255


ATTACKS = {
    "blur 0.7": lambda picture: blurred(picture, 0.7, 0.7),
    "blur 1.5": lambda picture: blurred(picture, 1.5, 1.5),
    "blur 3": lambda picture: blurred(picture, 3, 3),
    "JPEG 75": lambda picture: jpeg(picture, 75),
    "JPEG 20": lambda picture: jpeg(picture, 20),
    "half the contrast": lambda picture: 0.25 + picture / 2,
    "nearly flat": lambda picture: 0.48 + picture / 25,
    "flat": lambda picture: np.full_like(picture, 0.5),
    "sharpened": lambda picture: np.clip(2 * picture - blurred(picture, 1, 1), 0, 1),
    "noise": lambda picture: np.clip(picture + np.random.default_rng(5).normal(0, 0.04, picture.shape), 0, 1),
    "more rain": lambda picture: rainy(picture, seed=9),
}


@pytest.mark.parametrize("name", ["chelsea", "coffee", "i03"])
@pytest.mark.parametrize("angle", [-30, 0, 20])
def test_the_direction_of_rendered_rain_is_found(scenes, name, angle):
    assert rain_angle(luma(rainy(scenes[name], angle=float(angle)))) == pytest.approx(angle, abs=6)


def test_a_fence_does_not_hide_the_direction_of_heavy_rain(scenes):
    assert abs(rain_angle(luma(scenes["i19"]))) < 6
    assert rain_angle(luma(rainy(scenes["i19"], angle=20.0, density=1800.0))) == pytest.approx(20, abs=6)


def test_a_mirrored_picture_has_the_mirrored_direction(pairs):
    plane = luma(pairs["i03"][0])
    assert rain_angle(plane[:, ::-1]) == pytest.approx(-rain_angle(plane), abs=0.3)


def test_the_mask_lies_on_the_streaks(pairs):
    for picture, clean in (pairs[name] for name in ("coffee", "i03")):
        streaks = high(luma(picture) - luma(clean)) > 0.03
        mask = rain_mask(luma(picture), rain_angle(luma(picture)))
        assert mask[streaks].mean() > 0.75
        assert mask[streaks].mean() > 2 * mask[~streaks].mean()


def high(plane):
    return plane - ndimage.gaussian_filter(plane, 4)


def test_the_input_has_all_its_rain_all_its_content_and_its_own_colours(pairs):
    for picture, _ in pairs.values():
        assert residual_rain(picture, picture) == pytest.approx(1, abs=1e-9)
        assert content_kept(picture, picture) == pytest.approx(1, abs=1e-9)
        assert colour_shift(picture, picture) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("name", SCENES)
def test_residual_rain_falls_as_rain_is_taken_away(pairs, name):
    picture, clean = pairs[name]
    values = [residual_rain((1 - share) * picture + share * clean, picture) for share in (0, 0.3, 0.6, 1)]
    assert values == sorted(set(values), reverse=True)
    assert values[-1] < 0.85


@pytest.mark.parametrize("attack", ATTACKS)
def test_residual_rain_is_not_lowered_by_anything_but_taking_rain_away(pairs, attack):
    for name, (picture, clean) in pairs.items():
        attacked = residual_rain(ATTACKS[attack](picture), picture)
        assert attacked > 0.95, name
        assert attacked > residual_rain(clean, picture) + 0.1, name


def test_even_a_blur_across_the_rain_alone_is_no_better_than_taking_it_away(scenes):
    for name, clean in scenes.items():
        picture = rainy(clean, angle=0.0)
        assert residual_rain(blurred(picture, 0, 2), picture) > residual_rain(clean, picture), name


def test_taking_away_too_much_is_worse_than_taking_away_what_there_is(pairs):
    picture, clean = pairs["i03"]
    over = np.clip(2 * clean - picture, 0, 1)
    assert residual_rain(over, picture) > 1.2 * residual_rain(clean, picture)


def test_another_scene_has_not_had_its_rain_removed(pairs):
    assert residual_rain(pairs["coffee"][1], pairs["i03"][0]) > 2


@settings(max_examples=6, deadline=None, derandomize=True)
@given(gain=st.floats(0.3, 1), seed=st.integers(0, 2**32))
def test_the_contrast_of_an_output_does_not_change_its_residual_rain(scenes, gain, seed):
    picture = rainy(scenes["chelsea"], seed)
    output = 0.5 * picture + 0.5 * scenes["chelsea"]
    assert residual_rain(gain * output, picture) == pytest.approx(residual_rain(output, picture), abs=0.15)


@pytest.mark.parametrize("name", SCENES)
def test_content_is_lost_step_by_step_as_a_picture_is_blurred(pairs, name):
    picture, _ = pairs[name]
    values = [content_kept(blurred(picture, sigma, sigma), picture) for sigma in (0, 0.7, 1.5, 3)]
    assert values == sorted(set(values), reverse=True)
    assert values[-1] < 0.9


def test_taking_rain_away_keeps_more_content_than_blur_median_or_compression(pairs):
    for name, (picture, clean) in pairs.items():
        truth = content_kept(clean, picture)
        assert truth > content_kept(blurred(picture, 1, 1), picture), name
        assert truth > content_kept(ndimage.median_filter(picture, (5, 5, 1)), picture), name
        assert truth > content_kept(jpeg(picture, 20), picture), name


def test_what_the_mask_leaves_out_is_the_change_of_a_good_output(pairs):
    for picture, clean in pairs.values():
        before, after = luma(picture), luma(clean)
        everywhere = similarity(after, before, np.ones_like(before))
        assert content_kept(clean, picture) > everywhere + 0.01


def test_similarity_equals_a_slow_twin():
    """Window by window: weights of the Gaussian times those of the mask, normalised; 11 by 11 of 1.5 pixels."""
    rng = np.random.default_rng(3)
    one, other = rng.random((2, 14, 16))
    outside = (rng.random((14, 16)) > 0.3).astype(float)
    line = np.exp(-(np.arange(-5, 6) ** 2) / (2 * 1.5**2))
    window = np.outer(line, line) / line.sum() ** 2
    padded = [np.pad(plane, 5, mode="symmetric") for plane in (one, other, outside)]
    values, weights = [], []
    for row in range(14):
        for column in range(16):
            a, b, inside = (plane[row : row + 11, column : column + 11] for plane in padded)
            share = window * inside
            weights.append(share.sum())
            share = share / share.sum()
            mean_a, mean_b = (share * a).sum(), (share * b).sum()
            variances = (share * (a - mean_a) ** 2).sum() + (share * (b - mean_b) ** 2).sum()
            covariance = (share * (a - mean_a) * (b - mean_b)).sum()
            values.append((2 * covariance + 9e-4) / (variances + 9e-4))
    assert similarity(one, other, outside) == pytest.approx(np.average(values, weights=weights), abs=1e-12)


def test_colour_shift_of_greys_is_ciede2000_by_hand():
    """Sharma et al. 2005: without chroma it is |L1 - L2| / S_L, S_L = 1 + 0.015 (L - 50)^2 / sqrt(20 + (L - 50)^2)."""

    def lightness(grey):
        light = ((grey + 0.055) / 1.055) ** 2.4
        return 116 * light ** (1 / 3) - 16

    one, other = lightness(0.6), lightness(0.7)
    middle = ((one + other) / 2 - 50) ** 2
    expected = abs(one - other) / (1 + 0.015 * middle / math.sqrt(20 + middle))
    found = colour_shift(np.full((64, 80, 3), 0.6), np.full((64, 80, 3), 0.7))
    assert found == pytest.approx(expected, abs=0.01)  # skimage's white point is rounded, so its greys have some chroma


def test_a_tint_is_a_colour_shift_but_noise_and_streaks_taken_away_hardly_are(scenes):
    for name, clean in scenes.items():
        picture = rainy(clean, veil=0.0)
        tint = colour_shift(picture * (1, 0.97, 0.9), picture)
        assert tint > 1.2, name
        for other in (clean, ATTACKS["noise"](picture)):
            assert colour_shift(other, picture) < tint / 2, name


def test_a_veil_taken_away_is_a_colour_shift(pairs):
    assert colour_shift(*reversed(pairs["i03"])) > 1


def test_a_flat_input_has_no_rain_and_no_content_to_keep():
    grey, noise = np.full((96, 80, 3), 0.4), np.random.default_rng(0).random((96, 80, 3))
    assert math.isnan(residual_rain(noise, grey))
    assert math.isnan(content_kept(noise, grey))
    assert colour_shift(grey, grey) == 0


def test_a_photograph_at_twice_the_size_scores_the_same(pairs):
    picture, clean = (np.pad(one, ((0, 64), (0, 40), (0, 0)), mode="reflect") for one in pairs["coffee"])
    for metric in (spec.load(None) for spec in SPECS):
        small, large = (
            float(metric(*(tensor(np.kron(one, np.ones((times, times, 1)))) for one in (clean, picture)))[0])
            for times in (1, 2)
        )
        assert large == pytest.approx(small, abs=1e-5)


def tensor(picture):
    return torch.from_numpy(np.ascontiguousarray(picture.transpose(2, 0, 1)))[None].float()


def test_what_does_not_fill_a_block_is_left_out():
    image = np.random.default_rng(1).random((3, 701, 643))
    assert reduced(image).shape == (350, 321, 3)
    assert reduced(image)[3, 4] == pytest.approx(image[:, 6:8, 8:10].mean(axis=(1, 2)))


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_a_measure_keeps_the_contract_of_metrics(spec):
    check_metric(spec)


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
@pytest.mark.parametrize("size", [(64, 64), (64, 331), (97, 64)])
def test_the_smallest_sizes_give_a_number_within_bounds(spec, size):
    rng = np.random.default_rng(2)
    one, other = (torch.from_numpy(rng.random((1, 3, *size))).float() for _ in range(2))
    assert spec.bounds[0] <= float(spec.load(None)(one, other)[0]) <= spec.bounds[1]


@pytest.mark.parametrize("spec", SPECS, ids=lambda spec: spec.name)
def test_a_measure_without_the_input_says_so(spec):
    with pytest.raises(ContractError, match=f"{spec.name}: needs the rainy input"):
        spec.load(None)(torch.zeros(1, 3, 64, 64), None)
