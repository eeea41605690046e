"""Directions of faint lines are found in either precision, and no cell of the picture has more say than another."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlcl_bench.core.orientation import CENTRES, STEEPEST, Scales, directions, main_direction, votes

SCALES = Scales(fine=0.8, around=2.0, coarse=4.0)


def lines(angle: float, contrast: float = 0.02, side: int = 128) -> np.ndarray:
    """Faint parallel lines that lean to the right going down by an angle, ten pixels apart."""
    down, right = np.indices((side, side))
    across = right * np.cos(np.radians(angle)) - down * np.sin(np.radians(angle))
    return 0.4 + contrast * np.exp(-0.5 * ((across % 10 - 5) / 1.2) ** 2)


@settings(max_examples=15, deadline=None, derandomize=True)
@given(angle=st.floats(-50, 50))
def test_the_direction_of_parallel_lines_is_found(angle):
    assert main_direction(votes(lines(angle), SCALES, 8)) == pytest.approx(angle, abs=2)


def test_a_mirrored_picture_has_the_mirrored_direction():
    found = [main_direction(votes(plane, SCALES, 8)) for plane in (lines(17.3), lines(17.3)[:, ::-1])]
    assert found[0] == pytest.approx(-found[1], abs=0.2)


def test_lines_steeper_than_any_that_are_looked_for_are_cut_off():
    assert abs(main_direction(votes(lines(75), SCALES, 8))) <= STEEPEST


def test_a_grid_keeps_one_strong_fence_from_outvoting_faint_lines_elsewhere():
    plane = lines(-20, contrast=0.008)
    plane[:32, :32] = lines(30, contrast=0.03)[:32, :32]
    direction, weight = directions(plane, SCALES)
    fence = weight[np.abs(direction - 30) < 10].sum()
    assert fence > weight[np.abs(direction + 20) < 10].sum()  # by weight alone the fence would win
    assert main_direction(votes(plane, SCALES, 8)) == pytest.approx(-20, abs=3)


def test_shares_are_of_the_whole_picture_and_a_flat_one_has_none():
    assert 0.5 < votes(lines(10), SCALES, 8).sum() <= 1
    empty = votes(np.full((64, 80), 0.3), SCALES, 8)
    assert empty.shape == CENTRES.shape
    assert empty.sum() == 0


def test_single_precision_stays_single_and_finds_the_same():
    plane = lines(15)
    direction, weight = directions(plane.astype(np.float32), SCALES)
    assert (direction.dtype, weight.dtype) == (np.float32, np.float32)
    shares = [votes(one, SCALES, 8) for one in (plane, plane.astype(np.float32))]
    np.testing.assert_allclose(shares[0], shares[1], atol=1e-3)
