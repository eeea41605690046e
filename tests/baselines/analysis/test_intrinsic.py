import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from baselines.analysis.intrinsic import (
    ESTIMATORS,
    energy_components,
    levina_bickel,
    singular_values_above,
    two_nearest,
)

DIMENSIONS = 768


def _embedded(points, seed):
    """Lay points into a space of 768 dimensions, turned at random."""
    chance = torch.Generator().manual_seed(seed)
    basis = torch.linalg.qr(torch.randn(DIMENSIONS, points.shape[1], generator=chance)).Q
    return points @ basis.T


def _gaussian(count, dimension, seed=0):
    return _embedded(torch.randn(count, dimension, generator=torch.Generator().manual_seed(seed)), seed)


def _rolled_sheet(count, seed=0):
    """A sheet of two dimensions that is rolled up in three."""
    chance = torch.Generator().manual_seed(seed)
    turn = 1.5 * math.pi * (1 + 2 * torch.rand(count, generator=chance).sqrt())
    across = 40 * torch.rand(count, generator=chance)
    return _embedded(torch.stack((turn * turn.cos(), across, turn * turn.sin()), 1), seed)


@pytest.mark.parametrize("dimension", [1, 2, 5, 8])
@pytest.mark.parametrize("estimate", [levina_bickel, two_nearest])
def test_distance_estimators_find_the_dimension_of_a_gaussian(estimate, dimension):
    assert estimate(_gaussian(500, dimension)) == pytest.approx(dimension, rel=0.2)


@pytest.mark.parametrize("estimate", [levina_bickel, two_nearest])
def test_distance_estimators_see_that_a_rolled_sheet_has_two_dimensions(estimate):
    sheet = _rolled_sheet(500)
    assert estimate(sheet) == pytest.approx(2, abs=0.25)
    assert energy_components(sheet) == 3  # which principal components do not


def test_components_count_the_directions_that_hold_nine_tenths_of_the_variance():
    assert energy_components(_gaussian(1000, 10)) == 9  # of ten about equal ones
    uneven = _gaussian(300, 20) @ torch.eye(DIMENSIONS) + 100 * torch.ones(DIMENSIONS)
    assert energy_components(uneven) <= 19  # the shared offset is no direction of the group


def test_singular_values_are_counted_against_an_absolute_threshold():
    basis = torch.linalg.qr(torch.randn(DIMENSIONS, 6)).Q.T
    rows = torch.diag(torch.tensor([10.0, 4.0, 2.1, 1.9, 1.1, 0.9])) @ basis
    assert [singular_values_above(rows, threshold) for threshold in (0.5, 1, 2, 5, 20)] == [6, 5, 3, 1, 0]


@settings(max_examples=5, deadline=None)
@given(seed=st.integers(0, 1000), factor=st.sampled_from([1 / 64, 1 / 4, 8.0]), dimension=st.integers(1, 20))
def test_scale_free_estimators_do_not_see_the_scale_and_thresholded_ones_do(seed, factor, dimension):
    points = _gaussian(100, dimension, seed).double()
    for kind, estimate in ESTIMATORS.values():
        before, after = estimate(points), estimate(points * factor)
        if kind == "scale-free":
            assert after == pytest.approx(before, rel=1e-6)
        else:
            assert (after <= before) if factor < 1 else (after >= before)
    assert singular_values_above(points / 1000, 1.0) == 0


def test_distance_estimators_equal_their_loop_twins():
    points = _gaussian(60, 4).double()
    apart = [
        sorted(float((one - other).norm()) for j, other in enumerate(points) if j != i) for i, one in enumerate(points)
    ]
    inverse = [sum(math.log(row[4] / row[j]) for j in range(4)) / 4 for row in apart]
    assert levina_bickel(points, 5) == pytest.approx(1 / (sum(inverse) / 60), rel=1e-9)
    ratios = sorted(row[1] / row[0] for row in apart)[:54]
    x = [math.log(ratio) for ratio in ratios]
    y = [-math.log(1 - index / 60) for index in range(1, 55)]
    slope = sum(a * b for a, b in zip(x, y, strict=True)) / sum(a * a for a in x)
    assert two_nearest(points) == pytest.approx(slope, rel=1e-9)


@pytest.mark.parametrize("points", [torch.zeros(30, 12), torch.ones(30, 12), torch.ones(1, 12), torch.ones(2, 12)])
def test_a_group_without_differences_has_no_dimension(points):
    assert [estimate(points) for estimate in (levina_bickel, two_nearest, energy_components)] == [0, 0, 0]


def test_points_that_are_all_equally_far_apart_have_all_dimensions_and_no_more():
    corners = torch.eye(40)
    assert levina_bickel(corners) == 40
    assert two_nearest(corners) == 40


def test_points_that_are_there_twice_count_once():
    points = _gaussian(250, 3)
    for estimate in (levina_bickel, two_nearest):
        assert estimate(torch.cat((points, points[:200]))) == pytest.approx(estimate(points), rel=1e-9)
