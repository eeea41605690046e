"""Ranks by families, their intervals and ties."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from scipy.stats import friedmanchisquare, rankdata

from leaderboard.rank import rank
from leaderboard.standing import headline, stand
from tests.leaderboard.conftest import CHANGE, NIQE, PIQE, metric

RAIN = metric("rain", family="rain removed")
CONTENT = metric("content", family="content kept", better="higher")
TRUTH = metric("truth", family="reference", reference="clean", better="higher")


@pytest.fixture
def noisy(folders):
    """Five methods on thirty scenes of two frames, each a little better than the next, and noise."""
    folders.images = 60
    generator = np.random.default_rng(11)
    return [
        folders.run(
            name,
            {
                RAIN: 20 + 2 * step + generator.normal(0, 4, 60),
                CONTENT: 60 + generator.normal(0, 4, 60),
                NIQE: 30 - step + generator.normal(0, 4, 60),
                PIQE: 30 + generator.normal(0, 4, 60),
                CHANGE: 5,
            },
        )
        for step, name in enumerate("abcde")
    ]


def scene_means(run, entry):
    scenes = sorted(set(run.scenes))
    column = run.column(entry.id)
    return [column[[scene == other for other in run.scenes]].mean() for scene in scenes]


def test_the_mean_rank_is_that_of_loops_over_scenes_metrics_and_families(noisy):
    metrics = (RAIN, CONTENT, NIQE, PIQE)
    found = stand(noisy, metrics, draws=100, seed=0)
    totals = dict.fromkeys("abcde", 0.0)
    for scene in range(30):
        ranks = {}
        for entry in metrics:
            sign = -1 if entry.better == "higher" else 1
            ranks[entry.name] = rankdata([sign * scene_means(run, entry)[scene] for run in noisy])
        nature = (ranks["niqe"] + ranks["piqe"]) / 2
        for row, name in enumerate("abcde"):
            totals[name] += (ranks["rain"][row] + ranks["content"][row] + nature[row]) / 3 / 30
    assert {name: one.mean_rank for name, one in found.items()} == pytest.approx(totals)
    assert list(found["a"].families) == ["rain removed", "content kept", "naturalness"]


def test_the_ranks_of_one_metric_are_those_of_friedmans_test(noisy):
    found = stand(noisy, [RAIN], draws=100, seed=0)
    means = np.array([found[name].mean_rank for name in "abcde"])
    chi = 12 * 30 / (5 * 6) * (means**2).sum() - 3 * 30 * 6
    assert chi == pytest.approx(friedmanchisquare(*(scene_means(run, RAIN) for run in noisy)).statistic)


def test_a_second_metric_of_a_family_does_not_make_the_family_weigh_more(noisy):
    twin = metric("twin", family="rain removed")
    doubled = [
        dataclasses.replace(
            run,
            result=run.result.model_copy(update={"metrics": (*run.result.metrics, twin)}),
            scores=np.column_stack([run.scores, run.column(RAIN.id)]),
        )
        for run in noisy
    ]
    once = stand(noisy, [RAIN, CONTENT, NIQE], draws=100, seed=0)
    twice = stand(doubled, [RAIN, twin, CONTENT, NIQE], draws=100, seed=0)
    assert {name: one.mean_rank for name, one in once.items()} == {name: one.mean_rank for name, one in twice.items()}


def test_where_the_truth_is_known_it_alone_makes_the_headline(folders):
    assert headline([TRUTH, NIQE, RAIN]) == ("reference",)
    assert headline([NIQE, RAIN]) == ("rain removed", "naturalness")
    runs = [
        folders.run("a", {NIQE: 1, TRUTH: 20, CHANGE: 5}),
        folders.run("b", {NIQE: 2, TRUTH: 30, CHANGE: 5}),
    ]
    ranking = rank(runs, draws=100)
    assert [(row.label, row.place) for row in ranking.rows] == [("b", 1), ("a", 2)]
    assert ranking.families == ("naturalness", "reference")
    assert ranking.rows[0].standing.families == {"naturalness": 2.0, "reference": 1.0}


def test_the_interval_of_a_place_holds_the_place_and_narrows_with_the_scenes(noisy, folders):
    found = stand(noisy, [RAIN], draws=1000, seed=0)
    assert all(one.places[0] <= one.place <= one.places[1] for one in found.values())
    few = stand([_first_scenes(run, 4) for run in noisy], [RAIN], draws=1000, seed=0)
    width = {name: one.places[1] - one.places[0] for name, one in few.items()}
    assert sum(width.values()) > sum(one.places[1] - one.places[0] for one in found.values())


def _first_scenes(run, scenes):
    kept = {name: getattr(run, name)[: 2 * scenes] for name in ("images", "scenes", "inputs", "scores")}
    return dataclasses.replace(run, **kept)


def test_one_scene_gives_places_without_intervals(folders):
    folders.images, folders.frames = 2, 2
    runs = [folders.run("a", {NIQE: 1, CHANGE: 5}), folders.run("b", {NIQE: 2, CHANGE: 5})]
    found = stand(runs, [NIQE], draws=100, seed=0)
    assert [(found[name].place, found[name].places, found[name].tied) for name in "ab"] == [
        (1, None, "a"),
        (2, None, "a"),
    ]


def test_rows_that_share_a_letter_cannot_be_told_apart_and_neighbours_that_share_none_can(folders):
    folders.images, folders.frames = 40, 1
    generator = np.random.default_rng(2)
    levels = {"a": 10, "b": 10.2, "c": 30, "d": 50, "e": 50.1}
    runs = [folders.run(name, {NIQE: level + generator.normal(0, 1, 40), CHANGE: 5}) for name, level in levels.items()]
    found = stand(runs, [NIQE], draws=100, seed=0)
    assert {name: one.tied for name, one in found.items()} == {"a": "a", "b": "a", "c": "b", "d": "c", "e": "c"}


def test_too_few_scenes_tie_everybody(folders):
    folders.images, folders.frames = 5, 1
    runs = [folders.run(name, {NIQE: level, CHANGE: 5}) for name, level in (("a", 1), ("b", 2), ("c", 3))]
    assert {one.tied for one in stand(runs, [NIQE], draws=100, seed=0).values()} == {"a"}


def test_nothing_that_ranks_gives_nobody_a_place(noisy):
    assert stand(noisy, [], draws=100, seed=0) == {}
    assert stand([], [NIQE], draws=100, seed=0) == {}
