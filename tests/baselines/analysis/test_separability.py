import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from baselines.analysis.separability import area_under_curve, held_out, silhouette


def _kinds(gap, photographs=6, count=40, channels=10, seed=0):
    chance = np.random.default_rng(seed)
    first = [chance.normal(0, 1, (count, channels)) for _ in range(photographs)]
    second = [chance.normal(gap, 1, (count, channels)) for _ in range(photographs)]
    return first, second


def test_what_lies_apart_is_told_apart_and_what_does_not_is_not():
    assert held_out(*_kinds(4)).min() > 0.999
    assert abs(held_out(*_kinds(0)).mean() - 0.5) < 0.06


def test_a_mark_of_each_photograph_does_not_help_in_another_photograph():
    """The probe could tell kinds apart in every photograph that it knows; held out, it must guess."""
    first, second = [], []
    for index in range(8):
        mark = np.zeros((30, 16))
        mark[:, index], noise = 1, np.random.default_rng(index).normal(0, 0.1, (2, 30, 16))
        first.append(noise[0] + mark)
        second.append(noise[1] - mark)
    assert abs(held_out(first, second).mean() - 0.5) < 0.15


def test_the_probe_does_not_mind_scales_and_constant_features():
    first, second = _kinds(1)
    scales = np.array([1e-4, 1e4, *[1.0] * 8])
    before = held_out(first, second)
    after = held_out(*([np.hstack((one * scales, np.ones((40, 1)))) for one in kind] for kind in (first, second)))
    assert after == pytest.approx(before, abs=1e-6)


def test_more_photographs_than_folds_are_all_judged():
    assert held_out(*_kinds(4, photographs=13)).shape == (13,)


@given(st.lists(st.integers(0, 5), min_size=1, max_size=9), st.lists(st.integers(0, 5), min_size=1, max_size=9))
def test_the_area_is_the_share_of_pairs_in_order(lower, higher):
    slow = np.mean([(b > a) + 0.5 * (a == b) for a, b in itertools.product(lower, higher)])
    assert area_under_curve(np.array(lower, float), np.array(higher, float)) == pytest.approx(slow)


def test_the_silhouette_equals_its_loop_twin():
    chance = np.random.default_rng(3)
    first, second = chance.normal(0, 1, (7, 4)), chance.normal(0.7, 1, (5, 4))
    unit = [[row / np.linalg.norm(row) for row in kind] for kind in (first, second)]
    values = []
    for kind, other in (unit, unit[::-1]):
        for index, one in enumerate(kind):
            own = np.mean([np.linalg.norm(one - x) for at, x in enumerate(kind) if at != index])
            far = np.mean([np.linalg.norm(one - x) for x in other])
            values.append((far - own) / max(own, far))
    assert silhouette(first, second) == pytest.approx(np.mean(values))


def test_vectors_that_are_all_the_same_have_no_silhouette():
    assert silhouette(np.ones((4, 3)), np.ones((4, 3))) == pytest.approx(0, abs=1e-6)
    assert silhouette(np.zeros((4, 3)), np.zeros((4, 3))) == 0
