from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nlcl_bench.core.statistics import intervals, resamples, scene_totals


def slow_interval(values, scenes, draws, seed):
    """The same bootstrap as loops over drawn scenes and their images."""
    images = {}
    for value, scene in zip(values, scenes, strict=True):
        if np.isfinite(value):
            images.setdefault(scene, []).append(value)
    names = sorted(images)
    means = []
    for block in resamples(len(names), draws, seed):
        for drawn in block:
            picked = [v for name, times in zip(names, drawn, strict=True) for v in images[name] * int(times)]
            means.append(sum(picked) / len(picked))
    return np.percentile(means, 2.5), np.percentile(means, 97.5), np.std(means, ddof=1)


def interval(values, scenes, draws=200, seed=3):
    column = np.asarray(values, dtype=float)[:, None]
    return intervals(*scene_totals(column, scenes), draws=draws, seed=seed)[0]


def test_the_interval_equals_its_slow_twin():
    generator = np.random.default_rng(1)
    values = generator.normal(size=40)
    values[[3, 7, 8]] = np.nan
    scenes = [f"s{number}" for number in generator.integers(0, 9, 40)]
    found = interval(values, scenes)
    np.testing.assert_allclose([found.low, found.high, found.error], slow_interval(values, scenes, 200, 3), rtol=1e-12)


def test_columns_with_holes_do_not_disturb_each_other():
    generator = np.random.default_rng(2)
    table = generator.normal(size=(30, 3))
    table[:6, 1] = np.nan
    scenes = [f"s{image // 3}" for image in range(30)]
    together = intervals(*scene_totals(table, scenes), draws=300, seed=5)
    for column, found in enumerate(together):
        alone = interval(table[:, column], scenes, draws=300, seed=5)
        assert (found.low, found.high) == pytest.approx((alone.low, alone.high), rel=1e-12)


def test_one_scene_gives_no_interval_however_many_frames_it_has():
    assert interval([1.0, 2.0, 3.0], ["a"] * 3) is None


def test_frames_of_one_scene_do_not_make_the_interval_narrower():
    per_scene = np.random.default_rng(4).normal(size=12)
    once = interval(per_scene, [f"s{scene:02d}" for scene in range(12)])
    tenfold = interval(np.repeat(per_scene, 10), [f"s{scene:02d}" for scene in range(12) for _ in range(10)])
    assert (tenfold.low, tenfold.high) == pytest.approx((once.low, once.high))


def test_every_draw_draws_as_many_scenes_as_there_are_and_blocks_change_nothing(monkeypatch):
    whole = np.concatenate(list(resamples(7, 50, 1)))
    monkeypatch.setattr("nlcl_bench.core.statistics._AT_ONCE", 40)
    np.testing.assert_array_equal(np.concatenate(list(resamples(7, 50, 1))), whole)
    assert (whole.sum(axis=1) == 7).all()


def test_the_interval_covers_the_true_mean_about_nineteen_times_in_twenty():
    generator = np.random.default_rng(0)
    table = np.repeat(generator.normal(0.3, 1.0, size=(60, 400)), 2, axis=0)  # two frames a scene
    scenes = [f"s{image // 2:02d}" for image in range(120)]
    found = intervals(*scene_totals(table, scenes), draws=600, seed=1)
    covered = np.mean([one.low <= 0.3 <= one.high for one in found])
    assert 0.90 <= covered <= 0.98


@settings(max_examples=40, deadline=None)
@given(st.lists(st.floats(-50, 50), min_size=2, max_size=15), st.floats(-100, 100))
def test_adding_a_constant_moves_the_interval_by_it(values, constant):
    scenes = [f"s{number:02d}" for number in range(len(values))]
    before, after = interval(values, scenes), interval(np.array(values) + constant, scenes)
    assert after.low - before.low == pytest.approx(constant, abs=1e-9)
    assert after.high - before.high == pytest.approx(constant, abs=1e-9)
    assert min(values) - 1e-9 <= before.low <= before.high <= max(values) + 1e-9
