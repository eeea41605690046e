"""Agreement with people is what plain loops over opinions and scores find."""

from __future__ import annotations

import csv
import itertools
import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from nlcl_bench.core.errors import InputError
from nlcl_bench.core.statistics import resamples
from nlcl_bench.evaluation import agreement_texts
from nlcl_bench.evaluation.agreement import agreement
from nlcl_bench.evaluation.opinions import Opinions, Vote
from tests.leaderboard.conftest import CHANGE, NIQE, PSNR, Folders, metric

METHODS = ("identity", "nlcl", "median", "paired-net")


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    return Folders(tmp_path_factory.mktemp("agreement"))


@pytest.fixture(scope="module")
def runs(folders):
    """Four methods on twelve images of six scenes, with scores that have ties."""
    generator = np.random.default_rng(2)
    return [
        folders.run(name, {NIQE: generator.integers(20, 50, 12) / 10, PSNR: generator.normal(25, 3, 12), CHANGE: 0.0})
        for name in METHODS
    ]


def opinions_of(runs, seed=0, votes=None):
    generator = np.random.default_rng(seed)
    scores = {(image, run.result.label): float(generator.integers(1, 6)) for run in runs for image in run.images}
    return Opinions(scores, votes, {})


def table_of(runs, opinions, entry):
    """Return (scene, image, method, opinion, turned score) of every output with an opinion."""
    sign = -1 if entry.better == "lower" else 1
    return [
        (scene, image, run.result.label, opinions.scores[image, run.result.label], sign * score)
        for run in runs
        for scene, image, score in zip(run.scenes, run.images, run.column(entry.id), strict=True)
        if (image, run.result.label) in opinions.scores
    ]


def by_scene(table):
    return {scene: [line for line in table if line[0] == scene] for scene in sorted({line[0] for line in table})}


def slow_pairs(table, opinions):
    if opinions.votes is not None:
        score = {(line[1], line[2]): (line[0], line[4]) for line in table}
        return [
            (score[vote.image, vote.better][0], score[vote.image, vote.better][1] - score[vote.image, vote.worse][1])
            for vote in opinions.votes
        ]
    return [
        (one[0], (one[4] - other[4]) if one[3] > other[3] else (other[4] - one[4]))
        for one, other in itertools.combinations(table, 2)
        if one[1] == other[1] and one[3] != other[3]
    ]


def slow_accuracy(pairs):
    return float(np.mean([1.0 if lead > 0 else 0.5 if lead == 0 else 0.0 for _, lead in pairs]))


def slow_median(table, correlation):
    found = []
    for lines in by_scene(table).values():
        said, scores = [line[3] for line in lines], [line[4] for line in lines]
        if len(lines) >= 3 and len(set(said)) > 1 and len(set(scores)) > 1:
            found.append(correlation(said, scores).statistic)
    return float(np.median(found)), len(found)


@pytest.mark.parametrize("entry", [NIQE, PSNR], ids=lambda entry: entry.name)
def test_every_estimate_is_that_of_plain_loops(runs, entry):
    opinions = opinions_of(runs)
    found = {one.metric.id: one for one in agreement(runs, opinions, draws=100)[0]}[entry.id]
    table = table_of(runs, opinions, entry)
    said, scores = [line[3] for line in table], [line[4] for line in table]
    assert found.srocc.value == pytest.approx(stats.spearmanr(said, scores).statistic)
    assert found.tau.value == pytest.approx(stats.kendalltau(said, scores).statistic)
    assert (found.scene_srocc.value, found.scene_srocc.n) == pytest.approx(slow_median(table, stats.spearmanr))
    assert (found.scene_tau.value, found.scene_tau.n) == pytest.approx(slow_median(table, stats.kendalltau))
    pairs = slow_pairs(table, opinions)
    assert (found.accuracy.value, found.accuracy.n) == pytest.approx((slow_accuracy(pairs), len(pairs)))
    assert found.outputs == 48


def test_the_intervals_are_those_of_scenes_drawn_one_by_one(runs):
    opinions = opinions_of(runs, 1)
    (found, _) = agreement(runs, opinions, draws=150, seed=9)[0]
    table = by_scene(table_of(runs, opinions, found.metric))
    names = sorted(table)
    drawn = {"srocc": [], "tau": [], "accuracy": []}
    for block in resamples(len(names), 150, 9):
        for times in block:
            picked = [line for name, often in zip(names, times, strict=True) for line in table[name] * int(often)]
            said, scores = [line[3] for line in picked], [line[4] for line in picked]
            drawn["srocc"].append(stats.spearmanr(said, scores).statistic)
            drawn["tau"].append(stats.kendalltau(said, scores).statistic)
            pairs = [
                pair
                for name, often in zip(names, times, strict=True)
                for pair in slow_pairs(table[name], opinions) * int(often)
            ]
            drawn["accuracy"].append(slow_accuracy(pairs))
    for kind, values in drawn.items():
        estimate = getattr(found, kind)
        assert (estimate.low, estimate.high) == pytest.approx(tuple(np.percentile(values, [2.5, 97.5])), abs=1e-9)


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 11), st.permutations(METHODS)), min_size=1, max_size=30))
def test_accuracy_on_votes_is_counted_vote_by_vote(runs, drawn):
    votes = tuple(Vote(runs[0].images[image], order[0], order[1]) for image, order in drawn)
    scores = {(vote.image, method): 0.5 for vote in votes for method in (vote.better, vote.worse)}
    opinions = Opinions(scores, votes, {})
    for found in agreement(runs, opinions, draws=100)[0]:
        pairs = slow_pairs(table_of(runs, opinions, found.metric), opinions)
        assert (found.accuracy.value, found.accuracy.n) == pytest.approx((slow_accuracy(pairs), len(votes)))


def test_a_metric_that_says_what_people_say_agrees_fully_whatever_its_direction(folders):
    generator = np.random.default_rng(8)
    liked = {name: generator.permutation(12) + 12.0 * place for place, name in enumerate(METHODS)}
    up = metric("up", better="higher")
    runs = [
        folders.run(name, {NIQE: 60 - values, up: values, CHANGE: 0.0}, folder=f"full/{name}")
        for name, values in liked.items()
    ]
    scores = {(image, run.result.label): run.column(up.id)[row] for run in runs for row, image in enumerate(run.images)}
    for found in agreement(runs, Opinions(scores, None, {}), draws=100)[0]:
        for kind in ("scene_srocc", "scene_tau", "srocc", "tau", "accuracy"):
            estimate = getattr(found, kind)
            assert (estimate.value, estimate.low, estimate.high) == pytest.approx((1, 1, 1))


def test_a_metric_without_an_order_has_no_correlation_and_half_of_the_choices(folders):
    runs = [folders.run(name, {NIQE: 4.0, CHANGE: 0.0}, folder=f"flat/{name}") for name in METHODS]
    (found,) = agreement(runs, opinions_of(runs), draws=100)[0]
    assert (found.srocc.value, found.tau.value, found.scene_srocc.value) == (None, None, None)
    assert found.accuracy.value == 0.5


def test_guessing_is_told_from_agreement_by_the_intervals(folders):
    """Scores that know nothing: about nineteen in twenty intervals hold the half."""
    held = []
    generator = np.random.default_rng(11)
    for trial in range(40):
        runs = [
            folders.run(name, {NIQE: generator.normal(50, 9, 12), CHANGE: 0.0}, folder=f"guess/{name}")
            for name in METHODS
        ]
        (found,) = agreement(runs, opinions_of(runs, trial), draws=200)[0]
        held.append(found.accuracy.low <= 0.5 <= found.accuracy.high)
    assert 0.75 <= np.mean(held) < 1 + 1e-9


def test_scenes_of_the_file_overrule_those_of_the_benchmark(runs):
    said = opinions_of(runs)
    one = Opinions(said.scores, None, dict.fromkeys(runs[0].images, "one"))
    (found, _) = agreement(runs, one, draws=100)[0]
    assert (found.scene_srocc.n, found.srocc.low, found.accuracy.low) == (1, None, None)


def test_opinions_on_other_outputs_are_counted(runs):
    said = opinions_of(runs)
    more = Opinions({**said.scores, ("gone", "nlcl"): 3.0}, None, {})
    found, left_out = agreement(runs, more, draws=100)
    assert left_out == 1
    assert found[0].outputs == 48


def test_opinions_on_nothing_that_was_scored_are_an_error(runs):
    with pytest.raises(InputError, match="image gone by nlcl and all others: no opinion is on an output"):
        agreement(runs, Opinions({("gone", "nlcl"): 3.0}, None, {}))


def test_the_same_output_in_two_runs_is_an_error(runs):
    with pytest.raises(InputError, match="is in nlcl too"):
        agreement([*runs, runs[1]], opinions_of(runs))


def test_two_runs_that_call_other_directions_better_are_an_error(folders, runs):
    other = folders.run("turned", {metric("niqe", better="higher"): 4.0}, folder="turned")
    with pytest.raises(InputError, match="says that higher is better of niqe/test@1"):
        agreement([*runs, other], opinions_of(runs))


def test_runs_of_attacks_do_not_take_part(folders, runs):
    method = {"name": "attack-blur", "supervision": "attack"}
    blur = folders.run("nlcl", {NIQE: 4.0}, folder="attacks/nlcl", method=method)
    opinions = opinions_of(runs)
    assert agreement([*runs, blur], opinions, draws=100) == agreement(runs, opinions, draws=100)


def test_too_many_outputs_are_refused(runs, monkeypatch):
    monkeypatch.setattr("nlcl_bench.evaluation.joining._MOST", 47)
    with pytest.raises(InputError, match="opinions on 48 outputs are too many"):
        agreement(runs, opinions_of(runs))


def test_terminal_csv_and_json_hold_the_same_estimates(runs):
    found, left_out = agreement(runs, opinions_of(runs), draws=100)
    columns, rows = agreement_texts.terminal(found)
    assert [len(row) for row in rows] == [len(columns)] * 2
    value = json.loads(agreement_texts.as_json(found, left_out=left_out, draws=100, seed=0))
    lines = list(csv.DictReader(agreement_texts.as_csv(found).splitlines()))
    assert len(lines) == 2 * 5
    data = {(one["id"], kind): one[kind] for one in value["metrics"] for kind in one if isinstance(one[kind], dict)}
    for line in lines:
        assert float(line["value"]) == data[line["metric"], line["estimate"]]["value"]
    assert f"{found[0].accuracy.value:.3f}" in rows[0][-1]
