"""Drops on the lens, day and night, and how grey the light is."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter

from collection_tools.rain.drops import CEILING, drops
from collection_tools.rain.light import greyness, night
from collection_tools.rain.view import view


def with_discs(scene, patch, number, radius=6):
    """Lay discs of another picture over a scene, on a jittered grid so that they do not touch."""
    rng = np.random.default_rng(1)
    height, width = scene.shape[:2]
    rows, columns = np.mgrid[:height, :width]
    cells = [(y, x) for y in range(20, height - 20, 40) for x in range(20, width - 20, 40)]
    inside = np.zeros((height, width), dtype=bool)
    for index in rng.permutation(len(cells))[:number]:
        y, x = np.array(cells[index]) + rng.uniform(-8, 8, 2)
        inside |= (rows - y) ** 2 + (columns - x) ** 2 <= radius**2
    return np.where(inside[..., None], patch, scene)


@pytest.fixture(scope="module")
def texture():
    noise = np.random.default_rng(0).uniform(0, 1, (320, 480))
    return np.repeat(gaussian_filter(noise, 0.8)[..., None], 3, axis=2)


def test_sharp_drops_before_a_blurred_scene_are_counted(texture):
    blurred = gaussian_filter(texture, (8, 8, 0))
    values = [drops(view(with_discs(blurred, texture, number))) for number in (0, 25, 70)]
    assert [one.value for one in values] == sorted({one.value for one in values})
    assert values[0].confidence == 0
    assert values[2].confidence > 0.2


def test_blurred_drops_before_a_sharp_scene_are_counted(texture):
    blurred = gaussian_filter(texture, (8, 8, 0))
    values = [drops(view(with_discs(texture, blurred, number, radius=9))) for number in (0, 25, 70)]
    assert [one.value for one in values] == sorted({one.value for one in values})
    assert values[0].confidence == 0
    assert values[2].confidence > 0.2


def test_ordinary_photographs_have_hardly_a_drop_and_no_confidence_exceeds_its_ceiling(scenes):
    found = [drops(view(scene)) for scene in scenes.values()]
    assert max(one.confidence for one in found) < 0.25 <= CEILING


def test_a_bright_scene_is_day_and_the_same_scene_in_the_dark_is_night(scenes):
    day, dusk, dark = (night(view(np.clip(scenes["chelsea"] * factor, 0, 1))) for factor in (1.2, 0.5, 0.25))
    assert (day.value, day.confidence) == (0, 1)
    assert (dark.value, dark.confidence) == (1, 1)
    assert 0 < dusk.value < 1
    assert dusk.confidence < 1


def test_less_colour_is_greyer_and_black_and_white_says_nothing(scenes):
    colour = scenes["i03"]
    grey = colour.mean(axis=2, keepdims=True)
    values = [greyness(view(grey + share * (colour - grey))) for share in (1.0, 0.5, 0.3, 0.0)]
    assert [one.value for one in values[:3]] == sorted({one.value for one in values[:3]})
    assert values[0].confidence == 1
    assert values[3].confidence == 0
