"""The veil grows with the fog that was laid over a scene, and says when it cannot know."""

from __future__ import annotations

import numpy as np
import pytest

from collection_tools.rain.veil import veil
from collection_tools.rain.view import view
from nlcl_bench.data.rendering import Rain, render


def veiled(clean, beta):
    rain = Rain(angle=0, spread=1, length=0.1, density=0, strength=0, veil=beta)
    return render(clean, rain, np.random.default_rng(3))


@pytest.mark.parametrize("name", ["chelsea", "coffee", "i03", "i06", "i08", "astronaut"])
def test_more_rendered_veil_is_more_measured_veil(scenes, name):
    values = [veil(view(veiled(scenes[name], beta))).value for beta in (0, 0.15, 0.4, 0.8)]
    assert values == sorted(set(values))


def test_an_even_veil_over_a_scene_with_black_everywhere_is_measured_as_it_is():
    rng = np.random.default_rng(0)
    scene = rng.uniform(0, 1, (320, 320, 3))  # every patch holds some black
    scene[:40] = 1.0  # and there is a white sky, whose light is the veil's
    for transmission in (0.9, 0.6, 0.3):
        hazy = scene * transmission + (1 - transmission)
        assert veil(view(hazy)).value == pytest.approx(1 - transmission, abs=0.05)


def test_a_picture_that_is_all_sky_says_nothing_about_the_veil():
    sky = np.full((320, 320, 3), 0.9)
    sky[:, :160] = 0.98
    assert veil(view(sky)).confidence == 0
    assert veil(view(sky)).value > 0.8


def test_in_the_dark_the_veil_is_less_sure(scenes):
    assert veil(view(scenes["i03"])).confidence == 1
    assert veil(view(scenes["i03"] * 0.2)).confidence < 0.3
