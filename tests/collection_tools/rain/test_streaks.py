"""Streaks are found where they fall, in the direction they fall, and more of them count as more."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from collection_tools.rain.streaks import streaks
from collection_tools.rain.view import view
from nlcl_bench.data.rendering import Rain, render

# Scenes without a strong direction of their own; the others are houses, masts and blinds.
OPEN_SCENES = ("chelsea", "coffee", "i03", "i04", "i06", "i19")


def rainy(clean, seed=0, **kind):
    rain = {"angle": 10.0, "spread": 2.0, "length": 0.15, "density": 900.0, "strength": 0.55, "veil": 0.1} | kind
    return render(clean, Rain(**rain), np.random.default_rng(seed))


@settings(max_examples=8, deadline=None, derandomize=True)
@given(name=st.sampled_from(OPEN_SCENES), angle=st.floats(-35, 35), seed=st.integers(0, 2**32))
def test_the_direction_of_rendered_rain_is_found(scenes, name, angle, seed):
    found = streaks(view(rainy(scenes[name], seed, angle=angle))).angle
    assert found.value == pytest.approx(angle, abs=6)


def test_the_direction_is_right_within_two_degrees_on_average(scenes):
    errors = [
        streaks(view(rainy(scenes[name], angle=angle))).angle.value - angle
        for name in ("chelsea", "i03", "i04")
        for angle in (-30, 0, 30)
    ]
    assert np.abs(errors).mean() < 2


def test_a_mirrored_picture_has_the_mirrored_direction(scenes):
    picture = rainy(scenes["chelsea"], angle=20.0)
    angles = [streaks(view(np.ascontiguousarray(one))).angle.value for one in (picture, picture[:, ::-1])]
    assert angles[0] == pytest.approx(-angles[1], abs=0.2)


@pytest.mark.parametrize("name", ["chelsea", "i03"])
def test_more_rain_is_denser_and_more_parallel_and_more_upright(scenes, name):
    found = [streaks(view(rainy(scenes[name], density=density, veil=0.0))) for density in (0, 250, 1000)]
    for cue in ("density", "concentration", "uprightness"):
        values = [getattr(one, cue).value for one in found]
        assert values == sorted(set(values)), cue


def test_streaks_are_sure_of_their_direction_and_a_cat_is_not(scenes):
    assert streaks(view(scenes["chelsea"])).angle.confidence < 0.1
    assert streaks(view(rainy(scenes["chelsea"], density=1800.0))).angle.confidence > 0.4


def test_noise_without_direction_is_no_rain():
    noise = 0.5 + 0.05 * np.random.default_rng(0).standard_normal((320, 400, 3))
    found = streaks(view(np.clip(noise, 0, 1)))
    assert found.density.value < 0.05
    assert found.concentration.value == pytest.approx(1 / 6, abs=0.06)
    assert found.angle.confidence == 0


def test_a_single_pole_counts_only_where_it_stands():
    picture = np.full((320, 400, 3), 0.4)
    picture[:, 210:214] = 0.9
    found = streaks(view(picture))
    assert found.density.value < 0.1  # one of ten columns of cells
    assert found.density.confidence < 0.5


def test_the_size_of_the_file_hardly_matters(scenes):
    picture = rainy(scenes["i03"])
    image = Image.fromarray((picture * 255).astype(np.uint8))
    large = image.resize((3 * image.width, 3 * image.height), Image.Resampling.BICUBIC)
    small, again = streaks(view(image)), streaks(view(large))
    assert again.angle.value == pytest.approx(small.angle.value, abs=1)
    assert again.density.value == pytest.approx(small.density.value, rel=0.1)
