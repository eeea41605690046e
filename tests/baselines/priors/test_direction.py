"""The direction of the rain is found, and is 0 where there is none."""

from __future__ import annotations

import numpy as np
import pytest

from baselines.priors.direction import rain_angle
from baselines.priors.layer import LUMA
from nlcl_bench.data.rendering import Rain, render


def rained(clean: np.ndarray, angle: float) -> np.ndarray:
    rain = Rain(angle=angle, spread=1.5, length=0.25, density=400, strength=0.6, veil=0.0)
    return render(clean, rain, np.random.default_rng(3)) @ LUMA


@pytest.mark.parametrize("angle", [-35, -10, 0, 20, 40])
def test_the_direction_of_rendered_rain_is_found(angle):
    assert rain_angle(rained(np.full((200, 240, 3), 0.3), angle)) == pytest.approx(angle, abs=3)


@pytest.mark.parametrize("angle", [-20, 0, 25])
def test_it_is_found_on_a_photograph_too(angle, small_photographs):
    assert rain_angle(rained(small_photographs["coffee"], angle)) == pytest.approx(angle, abs=5)


def test_a_flat_picture_has_the_direction_zero():
    assert rain_angle(np.full((40, 30), 0.5)) == 0


def test_lines_that_lie_are_no_rain():
    lying = np.broadcast_to(0.3 + 0.1 * (np.arange(64) % 9 == 0)[:, None], (64, 64))
    assert rain_angle(lying) == 0
