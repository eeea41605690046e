from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from leaderboard.gates import gates
from leaderboard.rank import rank
from nlcl_bench.evaluation.intake import read_all
from nlcl_bench.evaluation.run import Failure, MissingMetric
from tests.leaderboard.conftest import CHANGE, NIQE, PIQE, PSNR, metric


@pytest.fixture
def runs(board):
    found, refused = read_all([board.root])
    assert not refused
    return found


def row_of(ranking, label):
    return next(row for row in ranking.rows if row.label == label)


def cell_of(ranking, label, entry):
    return next(cell for cell in row_of(ranking, label).cells if cell.metric == entry.id)


def test_means_and_changes_are_those_of_the_scores(runs):
    ranking = rank(runs, draws=200)
    scores = {run.result.label: run.column(NIQE.id) for run in runs}
    cell = cell_of(ranking, "nlcl", NIQE)
    assert cell.mean == pytest.approx(scores["nlcl"].mean())
    assert cell.change.mean == pytest.approx((scores["nlcl"] - scores["identity"]).mean())
    assert (cell.n, cell.change.n, cell.change.scenes) == (24, 24, 12)
    assert cell.change.interval.low <= cell.change.mean <= cell.change.interval.high


def test_better_and_worse_follow_the_direction_of_the_metric(runs):
    ranking = rank(runs, draws=500)
    assert cell_of(ranking, "median", PIQE).change.verdict == "worse"
    assert cell_of(ranking, "jpeg75", NIQE).change.verdict == "better"
    assert cell_of(ranking, "paired-net", PSNR).change.verdict == "better"
    assert cell_of(ranking, "median", PSNR).change.verdict == "worse"


def test_controls_and_unchanged_outputs_are_shown_but_not_ranked(runs):
    ranking = rank(runs, draws=100)
    assert [row.label for row in ranking.rows] == ["nlcl", "paired-net", "identity", "jpeg75", "median", "sleeper"]
    assert [row.place for row in ranking.rows] == [1, 2, None, None, None, None]
    assert [gate.name for gate in row_of(ranking, "sleeper").gates] == ["unchanged"]
    assert [gate.name for gate in row_of(ranking, "identity").gates] == ["control"]


def test_best_and_second_are_marked_among_the_ranked_only(runs):
    ranking = rank(runs, draws=100)
    assert cell_of(ranking, "jpeg75", NIQE).mean < cell_of(ranking, "nlcl", NIQE).mean
    assert [cell_of(ranking, name, NIQE).mark for name in ("nlcl", "paired-net", "jpeg75")] == ["best", "second", None]
    assert [cell_of(ranking, name, PSNR).mark for name in ("nlcl", "paired-net")] == ["second", "best"]
    assert all(row.cells[-1].mark is None for row in ranking.rows)  # a guard has no best


def test_the_guard_has_no_change(runs):
    assert cell_of(rank(runs, draws=100), "nlcl", CHANGE).change is None


def test_without_identity_there_are_means_and_ranks_but_no_changes(runs):
    ranking = rank([run for run in runs if run.result.label != "identity"], draws=100)
    assert ranking.identity is None
    assert ranking.detectable == {}
    assert row_of(ranking, "nlcl").place == 1
    assert all(cell.change is None for row in ranking.rows for cell in row.cells)


def test_the_smallest_detectable_change_is_2_8_standard_errors(folders):
    generator = np.random.default_rng(3)
    folders.images, folders.frames = 400, 1
    runs = [
        folders.run("identity", {NIQE: 50.0, CHANGE: 0}),
        folders.run("nlcl", {NIQE: 50 + generator.normal(size=400), CHANGE: 5}),
    ]
    assert rank(runs, draws=3000).detectable[NIQE.id] == pytest.approx(2.8 / 20, rel=0.1)


def test_a_metric_that_some_ungated_row_lacks_is_left_out_of_the_rank(folders):
    runs = [
        folders.run("a", {NIQE: 3, PIQE: 90, CHANGE: 5}),
        folders.run("b", {NIQE: 4, CHANGE: 5}, missing_metrics=(MissingMetric(name="piqe", reason="no weights"),)),
    ]
    ranking = rank(runs, draws=100)
    assert (ranking.ranked_on, ranking.left_out) == ((NIQE.id,), (PIQE.id,))
    assert [row.label for row in ranking.rows] == ["a", "b"]


def test_a_gated_row_takes_no_metric_from_the_others(folders):
    runs = [
        folders.run("a", {NIQE: 3, PIQE: 9, CHANGE: 5}),
        folders.run("median", {PSNR: 20, CHANGE: 5}),
    ]
    assert rank(runs, draws=100).ranked_on == (NIQE.id, PIQE.id)


def test_equal_means_share_the_mean_rank_and_the_place(folders):
    values = {"a": 3, "b": 3, "c": 3, "d": 9}
    runs = [folders.run(name, {NIQE: value, CHANGE: 5}) for name, value in values.items()]
    assert [(row.mean_rank, row.place) for row in rank(runs, draws=100).rows] == [(2, 1), (2, 1), (2, 1), (4, 4)]


def test_doing_nothing_has_no_change_against_itself(runs):
    assert all(cell.change is None for cell in row_of(rank(runs, draws=100), "identity").cells)


def test_a_change_is_taken_over_the_images_that_both_runs_have(folders):
    scores = np.arange(12.0)
    identity = folders.run("identity", {NIQE: 10.0, CHANGE: 0})
    first = folders.run("nlcl", {NIQE: scores, CHANGE: 5}).images[0]
    gone = folders.run(
        "nlcl",
        {NIQE: scores, CHANGE: 5},
        rows=lambda rows: [row for row in rows if row.image_id != first],
        complete=False,
    )
    change = cell_of(rank([identity, gone], draws=100), "nlcl", NIQE).change
    assert change.n == 11
    assert change.mean == pytest.approx((gone.column(NIQE.id) - 10).mean())


def test_a_title_that_runs_write_differently_does_not_depend_on_their_order(folders):
    runs = [folders.run("a", {NIQE: 3, CHANGE: 5}), folders.run("b", {metric("niqe", title="Niqe"): 4, CHANGE: 5})]
    assert rank(runs, draws=100) == rank(runs[::-1], draws=100)


def test_metrics_that_are_only_shown_give_no_rank(folders):
    ranking = rank([folders.run("a", {PSNR: 30, CHANGE: 5})], draws=100)
    assert ranking.ranked_on == ()
    assert ranking.rows[0].place is None


@pytest.mark.parametrize(
    ("make", "name"),
    [
        (lambda f: f.run("a", {NIQE: 3}), "unguarded"),
        (lambda f: f.run("a", {NIQE: 3, CHANGE: 0.0999}), "unchanged"),
        (lambda f: f.run("a", {NIQE: 3, CHANGE: 5}, rows=lambda rows: rows[:-3], complete=False), "incomplete"),
        (
            lambda f: f.run(
                "a",
                {NIQE: 3, CHANGE: 5},
                rows=lambda rows: [row for row in rows if row.image_id != rows[0].image_id],
                complete=False,
            ),
            "fewer images",
        ),
        (
            lambda f: f.run(
                "a",
                {NIQE: 3, CHANGE: 5},
                rows=lambda rows: [row.model_copy(update={"value": None}) if row is rows[0] else row for row in rows],
                failures=(Failure(image_id="0" * 16, stage="score", reason="flat"),),
                complete=False,
            ),
            "incomplete",
        ),
    ],
)
def test_a_row_that_fails_a_gate_says_why(folders, make, name):
    if name == "incomplete":
        folders.benchmark = {"images": 13}
    run = make(folders)
    assert name in [gate.name for gate in gates(run)]


def test_what_is_wrong_with_a_whole_run_is_the_gates_reason(folders):
    strange = Failure(image_id=None, stage="restore", reason="2 outputs belong to no image of the split: a.png, b.png")
    run = folders.run("a", {NIQE: 3, CHANGE: 5}, failures=(strange,), complete=False)
    assert [(gate.name, gate.reason) for gate in gates(run)] == [("incomplete", strange.reason)]


def test_a_change_of_exactly_the_threshold_passes(folders):
    folders.images = 1
    assert gates(folders.run("a", {NIQE: 3, CHANGE: 0.1})) == ()


_scores = st.lists(st.tuples(st.floats(1, 90), st.floats(1, 90)), min_size=1, max_size=6)


@pytest.fixture(scope="module")
def one_run(tmp_path_factory) -> object:
    from tests.leaderboard.conftest import Folders

    return Folders(Path(tmp_path_factory.mktemp("one")), images=4).run("a", {NIQE: 3, PIQE: 9, CHANGE: 5})


def made(run, scores):
    """Runs with the given mean scores, as the reader would give them."""
    return [
        dataclasses.replace(
            run,
            shown=f"m{index}",
            result=run.result.model_copy(update={"label": f"m{index}"}),
            scores=np.tile([niqe, piqe, 5.0], (4, 1)),
        )
        for index, (niqe, piqe) in enumerate(scores)
    ]


@settings(max_examples=60, deadline=None)
@given(scores=_scores, data=st.data())
def test_the_ranking_does_not_depend_on_the_order_of_the_runs(one_run, scores, data):
    runs = made(one_run, scores)
    assert rank(data.draw(st.permutations(runs)), draws=100) == rank(runs, draws=100)


@settings(max_examples=60, deadline=None)
@given(scores=_scores, data=st.data())
def test_a_better_score_never_worsens_a_rank(one_run, scores, data):
    chosen = data.draw(st.integers(0, len(scores) - 1))
    gain = data.draw(st.floats(0, 1))
    before = rank(made(one_run, scores), draws=100)
    better = [(n * gain, p) if index == chosen else (n, p) for index, (n, p) in enumerate(scores)]
    after = rank(made(one_run, better), draws=100)
    label = f"m{chosen}"
    assert row_of(after, label).mean_rank <= row_of(before, label).mean_rank + 1e-12
    assert row_of(after, label).place <= row_of(before, label).place


@settings(max_examples=40, deadline=None)
@given(scores=_scores)
def test_mean_ranks_always_add_up_to_the_same_sum(one_run, scores):
    rows = rank(made(one_run, scores), draws=100).rows
    assert sum(row.mean_rank for row in rows) == pytest.approx(len(rows) * (len(rows) + 1) / 2)
