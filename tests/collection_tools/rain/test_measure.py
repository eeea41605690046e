"""All measures of a photograph together: presence, words, hostile sizes, and the weights."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from collection_tools.curate.recipe import read_recipe
from collection_tools.rain import Cue, measure, tags
from collection_tools.rain.measure import CUES, cues, packaged_presence, time_of_day
from collection_tools.rain.presence import Presence, fit, probability
from collection_tools.rain.view import view
from nlcl_bench.core.errors import InputError
from nlcl_bench.data.rendering import Rain, render

LIMITS = read_recipe().rain
HEAVY = Rain(angle=12, spread=2, length=0.18, density=1500, strength=0.7, veil=0.6)


@pytest.fixture(scope="module")
def downpour(scenes):
    return measure(render(scenes["i03"], HEAVY, np.random.default_rng(0)))


def confidences(measured):
    return {field.name: getattr(measured, field.name).confidence for field in dataclasses.fields(measured)}


@pytest.mark.parametrize("size", [(1, 1), (3, 2), (2, 3), (1, 1000), (64, 64)])
def test_tiny_pictures_give_no_error_and_no_confidence(size):
    picture = np.random.default_rng(0).random((*size, 3))
    assert set(confidences(measure(picture)).values()) == {0}
    assert tags(measure(picture), LIMITS) == ()


@pytest.mark.parametrize("grey", [0.0, 0.5, 1.0])
def test_flat_pictures_give_no_confidence(grey):
    measured = measure(np.full((400, 500, 3), grey))
    assert set(confidences(measured).values()) == {0}
    assert tags(measured, LIMITS) == ()
    assert time_of_day(measured.night, LIMITS) is None


@settings(max_examples=25, deadline=None)
@given(st.integers(1, 130), st.integers(1, 130), st.integers(0, 2**32), st.floats(0, 1))
def test_whatever_the_picture_values_and_confidences_stay_in_their_ranges(height, width, seed, contrast):
    picture = 0.5 + contrast * (np.random.default_rng(seed).random((height, width, 3)) - 0.5)
    for field in dataclasses.fields(measured := measure(picture)):
        cue = getattr(measured, field.name)
        assert cue.name == field.name
        assert 0 <= cue.confidence <= 1
        assert -55 <= cue.value <= 55 if cue.name == "angle" else 0 <= cue.value <= 1


def test_equal_pictures_measure_alike_as_array_and_as_image(scenes):
    image = Image.fromarray((scenes["i03"] * 255 + 0.5).astype(np.uint8))
    assert measure(image) == measure(image) == measure(np.asarray(image) / 255.0)


def test_rain_is_more_probable_than_the_same_scene_dry(scenes):
    for name in ("chelsea", "astronaut", "i04"):
        rainy = render(scenes[name], HEAVY, np.random.default_rng(0))
        assert measure(rainy).presence.value > measure(scenes[name]).presence.value + 0.2, name


def test_heavy_rain_is_named_and_a_cat_is_not(scenes, downpour):
    assert tags(measure(scenes["chelsea"]), LIMITS) == ()
    assert tags(downpour, LIMITS) == ("streak", "veil")
    assert downpour.presence.value > 0.8


def test_limits_decide_what_is_named(downpour):
    never = LIMITS.model_copy(update={"streak": (1.0, 1.0)})
    assert tags(downpour, never) == ("veil",)


def test_day_and_night_are_told_by_brightness(scenes):
    assert time_of_day(measure(scenes["chelsea"]).night, LIMITS) == "day"
    assert time_of_day(measure(scenes["chelsea"] * 0.25).night, LIMITS) == "night"


@pytest.mark.parametrize(
    "picture",
    [np.zeros((4, 4)), np.zeros((4, 4, 4)), np.zeros((0, 4, 3)), np.full((4, 4, 3), 2.0), np.full((4, 4, 3), np.nan)],
)
def test_what_is_no_picture_is_refused(picture):
    with pytest.raises(InputError):
        measure(picture)


def test_an_image_of_another_mode_is_refused():
    with pytest.raises(InputError, match="mode L"):
        measure(Image.new("L", (10, 10)))


def test_the_packaged_weights_weigh_every_cue():
    assert tuple(packaged_presence().cues) == CUES


def test_a_cue_that_could_not_be_measured_counts_as_an_average_one(scenes):
    found, weights = cues(view(scenes["i03"])), packaged_presence()
    unsure = found | {"veil": Cue("veil", 0.9, 0.0)}
    average = found | {"veil": Cue("veil", weights.cues["veil"].mean, 1.0)}
    assert probability(unsure, weights) == probability(average, weights)


def drawn(rng, rainy):
    """Two cues: the first tells rain, the second tells it the wrong way round."""
    return {"told": Cue("told", rng.normal(1.5 * rainy), 1.0), "wrong": Cue("wrong", rng.normal(-1.5 * rainy), 1.0)}


def test_fitting_finds_the_telling_cue_and_never_weighs_one_against_its_sense():
    rng = np.random.default_rng(0)
    rainy = [index % 3 == 0 for index in range(300)]
    weights = fit([drawn(rng, one) for one in rainy], rainy, ["told", "wrong"])
    assert weights.cues["told"].weight > 0.5
    assert weights.cues["wrong"].weight == 0
    fresh = [(probability(drawn(rng, one), weights) > 0.5) == one for one in (True, False) * 200]
    assert np.mean(fresh) > 0.7


def test_fitting_has_the_minimum_of_its_loss():
    rng = np.random.default_rng(1)
    rainy = [index % 2 == 0 for index in range(60)]
    shots = [{"told": Cue("told", rng.normal(float(one)), 1.0)} for one in rainy]
    best = fit(shots, rainy, ["told"])

    def loss(weights: Presence) -> float:
        chances = [probability(shot, weights) for shot in shots]
        right = [chance if one else 1 - chance for chance, one in zip(chances, rainy, strict=True)]
        return -np.mean(np.log(right)) + 0.01 * weights.cues["told"].weight ** 2

    scale = best.cues["told"]
    for step in (-0.05, 0.05):
        moved = {"told": scale.model_copy(update={"weight": scale.weight + step})}
        assert loss(best) < loss(best.model_copy(update={"cues": moved}))
        assert loss(best) < loss(best.model_copy(update={"intercept": best.intercept + step}))


def test_fitting_needs_both_classes():
    with pytest.raises(InputError):
        fit([{"told": Cue("told", 0.0, 1.0)}], [True], ["told"])
