"""The board says what each method does to photographs without rain, of the very same method, and why if it cannot."""

from __future__ import annotations

import csv
import json

import numpy as np
import pytest

from leaderboard.build import build
from leaderboard.table import terminal
from tests.leaderboard.conftest import CHANGE, NIQE, sha
from tests.leaderboard.test_site import Reader

SPREAD = np.linspace(1.0, 3.0, 8)


def clean(board, label, change=SPREAD, *, images=8, manifest="clean", method=None, **more):
    """Write a run on the clean photographs beside the board's runs."""
    before = board.images, board.benchmark
    board.images, board.benchmark = images, {"config": "clean", "manifest_sha256": sha(manifest)} | more
    name = label.removesuffix("-clean")
    weights = {} if name == "identity" else {"weights_sha256": sha(name)}
    board.write(label, {NIQE: 4.0, CHANGE: change}, folder=f"clean/{manifest}/{label}", method=weights | (method or {}))
    board.images, board.benchmark = before


def column(board, into, **options):
    """Return what the board of the rainy photographs says of each row."""
    built = build([board.root], into, draws=300, **options)
    ranking = next(one for one in built.rankings if one.benchmark.config == "rainy")
    return built, ranking.clean


def test_the_mean_and_interval_are_those_of_the_clean_photographs(board, tmp_path):
    clean(board, "nlcl")
    clean(board, "identity", 0.0)
    _, found = column(board, tmp_path)
    one = found.rows["nlcl"]
    order = sorted(range(4), key=lambda scene: sha(f"scene {scene}"))
    scenes = SPREAD.reshape(-1, 2).mean(axis=1)[order]  # two frames each
    drawn = np.random.default_rng(0).multinomial(4, [0.25] * 4, size=300) @ scenes / 4
    assert (one.mean, one.n, one.why) == (pytest.approx(SPREAD.mean()), 8, "")
    assert [one.interval.low, one.interval.high] == pytest.approx(np.percentile(drawn, [2.5, 97.5]))
    assert (found.rows["identity"].mean, found.rows["identity"].interval.high) == (0, 0)
    assert found.benchmark.images == 8


def test_a_row_without_such_a_run_has_a_dash_and_the_reason(board, tmp_path):
    clean(board, "nlcl")
    built, found = column(board, tmp_path)
    assert (found.rows["median"].mean, found.rows["median"].why) == (None, "no clean run")
    rainy = next(one for one in built.rankings if one.benchmark.config == "rainy")
    columns, rows = terminal(rainy)
    cells = {row[1]: row[columns.index("Change on clean")] for row in rows}
    assert cells["median"] == "\N{EN DASH} (no clean run)"
    assert cells["nlcl"].startswith("2.00 [1.")
    markdown = (tmp_path / "leaderboard.md").read_text()
    assert "\N{EN DASH}<br>(no clean run)" in markdown
    assert "| 2.00<br>\\[1." in markdown
    text = Reader(built.boards[-1].read_text(encoding="utf-8")).text
    assert text.count("no clean run") == 5
    assert "on 8 photographs without rain (street / clean / test)" in text


def test_without_any_run_on_clean_photographs_every_row_and_the_page_say_so(board, tmp_path):
    built, found = column(board, tmp_path)
    assert found.benchmark is None
    assert {one.why for one in found.rows.values()} == {"no clean run"}
    assert "nobody sent a run on photographs of this data set without rain" in built.boards[0].read_text(
        encoding="utf-8"
    )


def test_a_board_of_clean_photographs_has_no_such_column(folders, tmp_path):
    clean(folders, "nlcl")
    (ranking,) = build([folders.root], tmp_path, draws=100).rankings
    assert ranking.clean is None
    assert "Change on clean" not in (tmp_path / "leaderboard.md").read_text()


def test_a_run_is_known_by_its_method_and_not_by_its_label(board, tmp_path):
    clean(board, "nlcl-clean", method={"name": "nlcl"})
    clean(board, "paired-net", method={"weights_sha256": sha("others")})
    clean(board, "sleeper", method={"tile": 64})
    _, found = column(board, tmp_path)
    assert {label for label, one in found.rows.items() if one.mean is not None} == {"nlcl"}


@pytest.mark.parametrize("other", [{"name": "alley"}, {"revision": "v2"}, {"split": "train"}, {"config": "paired"}])
def test_photographs_of_another_data_set_split_or_config_do_not_count(board, tmp_path, other):
    clean(board, "nlcl", **other)
    _, found = column(board, tmp_path)
    assert found.benchmark is None


def test_all_numbers_are_of_the_same_photographs_those_that_most_rows_have(board, tmp_path):
    clean(board, "nlcl", 2.0, images=8)
    clean(board, "sleeper", 5.0, images=12, manifest="more")
    clean(board, "nlcl", 3.0, images=4, manifest="few")
    clean(board, "paired-net", 1.0, images=4, manifest="few")
    _, found = column(board, tmp_path)
    assert {label: one.mean for label, one in found.rows.items() if one.mean is not None} == {
        "nlcl": 3,
        "paired-net": 1,
    }
    clean(board, "paired-net", 2.5, images=8)
    assert column(board, tmp_path)[1].rows["paired-net"].mean == 2.5  # as many rows: the more photographs stand


def test_no_mean_over_some_of_the_photographs_passes_as_one_over_all(board, tmp_path):
    board.images, board.benchmark = 8, {"config": "clean"}
    method = {"weights_sha256": sha("nlcl")}
    board.write(
        "nlcl",
        {NIQE: 4.0, CHANGE: SPREAD},
        folder="clean/nlcl",
        method=method,
        complete=False,
        rows=lambda rows: [row for row in rows if row.image_id != rows[0].image_id],
    )
    built, found = column(board, tmp_path)
    assert found.rows["nlcl"].n == 7
    assert "7 of 8 images" in Reader(built.boards[0].read_text(encoding="utf-8")).text


def test_csv_and_json_hold_the_same_numbers(board, tmp_path):
    clean(board, "nlcl")
    build([board.root], tmp_path, draws=100)
    (rainy,) = [
        one
        for one in json.loads((tmp_path / "leaderboard.json").read_text())["boards"]
        if one["benchmark"]["config"] == "rainy"
    ]
    cells = {row["label"]: row["on_clean"] for row in rainy["rows"]}
    assert cells["median"] == {"mean": None, "low": None, "high": None, "n": 0, "why": "no clean run"}
    assert rainy["clean"]["config"] == "clean"
    with (tmp_path / "leaderboard.csv").open(newline="") as file:
        lines = [line for line in csv.DictReader(file) if line["config"] == "rainy"]
    for line in lines:
        cell = cells[line["label"]]
        assert line["clean_mean"] == ("" if cell["mean"] is None else str(cell["mean"]))
        assert line["clean_low"] == ("" if cell["low"] is None else str(cell["low"]))
