from __future__ import annotations

import csv
import json
import shutil
from datetime import date

import pytest
from typer.testing import CliRunner

from leaderboard.build import build
from leaderboard.cli import app
from leaderboard.events import Event, append, event_of, files_digest
from nlcl_bench.core.errors import InputError, RunError
from nlcl_bench.evaluation.intake import read_all
from tests.leaderboard.conftest import CHANGE, NIQE, PIQE, PSNR, sha

FILES = {"index.html", "leaderboard.csv", "leaderboard.json", "leaderboard.md", "leaderboard.tex", "SHA256SUMS"}


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}


def test_equal_runs_give_equal_bytes_wherever_they_lie_and_in_whatever_order(board, tmp_path):
    board.write("bad", {NIQE: 999.0, CHANGE: 5.0})
    one, other = board.root / "one", board.root / "other"
    one.mkdir()
    (board.root / "street" / "nlcl").rename(one / "nlcl")
    (board.root / "street").rename(other)
    build([one, other], tmp_path / "a", draws=300)
    moved = tmp_path / "far" / "away"
    shutil.copytree(board.root, moved)
    build([moved / "other", moved / "one"], tmp_path / "b", draws=300)
    assert set(contents(tmp_path / "a")) > FILES
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


def test_another_seed_moves_the_intervals_only(board, tmp_path):
    first = build([board.root], tmp_path / "a", draws=300, seed=0).rankings[0]
    second = build([board.root], tmp_path / "b", draws=300, seed=1).rankings[0]
    assert [row.mean_rank for row in first.rows] == [row.mean_rank for row in second.rows]
    assert first.rows[0].cells[0].mean == second.rows[0].cells[0].mean
    assert first.rows[0].cells[0].change.interval != second.rows[0].cells[0].change.interval


def test_csv_and_json_hold_the_same_numbers(board, tmp_path):
    build([board.root], tmp_path, draws=300)
    value = json.loads((tmp_path / "leaderboard.json").read_text())
    cells = {(row["label"], name): cell for row in value["boards"][0]["rows"] for name, cell in row["cells"].items()}
    with (tmp_path / "leaderboard.csv").open(newline="") as file:
        lines = list(csv.DictReader(file))
    assert len(lines) == len(cells) == 6 * 4
    for line in lines:
        cell = cells[line["label"], line["metric"]]
        assert float(line["mean"]) == cell["mean"]
        assert line["change_low"] == ("" if cell["change"] is None else str(cell["change"]["low"]))
        assert (line["n"], line["images"], line["first_of"]) == ("24", "24", "")


def test_the_markdown_table_has_equal_columns_and_marks_the_best(board, tmp_path):
    build([board.root], tmp_path, draws=300)
    lines = [line for line in (tmp_path / "leaderboard.md").read_text().splitlines() if line.startswith("|")]
    assert len(lines) == 2 + 6
    assert len({line.count("|") for line in lines}) == 1
    assert "| 1 | nlcl | unpaired | **" in lines[2]


def test_free_text_is_no_formula_in_a_spreadsheet(folders, tmp_path):
    folders.benchmark = {"revision": "=HYPERLINK(1)"}
    folders.write("a", {NIQE: 3, CHANGE: 5})
    build([folders.root], tmp_path / "board", draws=100)
    assert ",'=HYPERLINK(1)," in (tmp_path / "board" / "leaderboard.csv").read_text()


def test_folders_without_runs_are_an_error(tmp_path):
    with pytest.raises(InputError, match="holds no run folder"):
        build([tmp_path], tmp_path / "board")


def test_nothing_is_written_when_every_run_is_refused(folders, tmp_path):
    folders.write("a", {NIQE: 999, CHANGE: 5})
    with pytest.raises(RunError, match="every run folder was refused"):
        build([folders.root], tmp_path / "board")
    assert not (tmp_path / "board").exists()


def test_the_command_prints_the_table_the_refusals_and_the_path(board, tmp_path):
    board.write("bad", {NIQE: 999.0, CHANGE: 5.0})
    into = tmp_path / "board"
    done = CliRunner().invoke(app, ["build", str(board.root), "--into", str(into), "--draws", "100"])
    assert done.exit_code == 0, done.output
    assert "paired-net" in done.stdout
    assert f"page: {into / 'index.html'}" in done.stdout
    assert "refused runs/street/bad: score 999" in done.stderr


def test_the_board_is_a_group_whose_help_shows_examples():
    assert "build" in CliRunner().invoke(app, ["--help"]).output
    text = CliRunner().invoke(app, ["build", "--help"]).output
    assert "nlcl-bench leaderboard build runs --into board" in text
    assert "\\b" not in text


def test_metrics_that_only_some_rows_have_leave_a_gap(board, tmp_path):
    board.write("other", {NIQE: 3, PIQE: 20, CHANGE: 5})
    built = build([board.root], tmp_path, draws=100)
    row = next(row for row in built.rankings[0].rows if row.label == "other")
    cell = next(cell for cell in row.cells if cell.metric == PSNR.id)
    assert (cell.mean, cell.n, cell.change) == (None, 0, None)


def attacked(board, label, name=None):
    method = {"name": name or f"attack-{label}", "supervision": "attack"}
    board.write(label, {NIQE: 4.0, CHANGE: 0.0}, folder=f"attacks/street/{label}", method=method)


def test_attacks_are_on_no_board_and_the_board_links_their_page(board, tmp_path):
    attacked(board, "untouched")
    attacked(board, "jpeg75")
    built = build([board.root], tmp_path / "board", draws=100)
    assert built.refusals == ()
    assert {row.label for row in built.rankings[0].rows} == {
        "identity",
        "jpeg75",
        "median",
        "nlcl",
        "paired-net",
        "sleeper",
    }
    assert 'href="attacks.html"' in built.boards[0].read_text()
    assert "jpeg75" in (built.boards[0].parent / "attacks.html").read_text()


def test_attacks_on_fewer_images_are_linked_too_and_those_on_other_photographs_are_not(board, tmp_path):
    images, board.images = board.images, 4
    board.benchmark = {"manifest_sha256": sha("four")}
    attacked(board, "untouched")
    attacked(board, "blur")
    board.images = images
    assert 'href="attacks.html"' in build([board.root], tmp_path / "few", draws=100).boards[-1].read_text()
    shutil.rmtree(board.root / "attacks")
    board.benchmark = {"name": "alley"}
    attacked(board, "untouched")
    attacked(board, "blur")
    assert "attacks.html" not in build([board.root], tmp_path / "other", draws=100).boards[-1].read_text()


def test_a_board_without_attacks_links_none(board, tmp_path):
    assert "can be gamed</a>" not in build([board.root], tmp_path, draws=100).boards[0].read_text()


def test_an_attack_that_is_none_of_ours_or_has_nothing_to_compare_with_is_refused(board, tmp_path):
    attacked(board, "mine", name="nlcl")
    attacked(board, "blur")
    built = build([board.root], tmp_path, draws=100)
    assert [(one.where.rpartition("/")[2], one.why) for one in built.refusals] == [
        ("blur", "is an attack without anything to compare it with"),
        ("mine", "says that it is an attack, but is none of ours"),
    ]


def test_runs_of_attacks_alone_make_no_board(folders, tmp_path):
    attacked(folders, "untouched")
    attacked(folders, "blur")
    with pytest.raises(InputError, match="holds runs of attacks only"):
        build([folders.root], tmp_path / "board")


def test_a_withdrawn_run_leaves_the_board_and_a_reproduced_one_says_so(board, tmp_path):
    runs = {run.result.label: run for run in read_all([board.root])[0]}
    for label, what in (("nlcl", "withdrawn"), ("paired-net", "reproduced (same stack)")):
        files = files_digest(runs[label].folder)
        said = {"at": "2026-01-02", "run": f"street/{label}", "run_id": runs[label].result.run_id, "files": files}
        append(Event(event=what, why="wrong weights", **said), board.root)
    built = build([board.root], tmp_path / "board", draws=100)
    assert "nlcl" not in {row.label for row in built.rankings[0].rows}
    assert [(one.where, one.why) for one in built.refusals] == [("runs/street/nlcl", "was withdrawn: wrong weights")]
    (value,) = json.loads((tmp_path / "board" / "leaderboard.json").read_text())["boards"]
    said = {row["label"]: row["status"] for row in value["rows"]}
    assert (said["paired-net"], said["median"]) == ("reproduced (same stack)", "self-reported")
    page = (built.page.parent / "street-rainy-test" / "methods" / "paired-net.html").read_text()
    assert "reproduced (same stack)" in page


ATTACK = "\"'><script>alert(1)</script>\x1b[31m\n<img src=x onerror=alert(1)>"


def test_a_damaged_line_and_a_reason_with_markup_leave_the_board_whole(board, tmp_path):
    (run,) = (run for run in read_all([board.root])[0] if run.result.label == "nlcl")
    append(event_of(run, "withdrawn", date(2026, 1, 2), why=ATTACK), board.root)
    with (board.root / "events.jsonl").open("a") as file:
        file.write('{"at": "<script>"}\n')
    built = build([board.root], tmp_path / "board", draws=100)
    assert [one.where for one in built.refusals] == ["runs/events.jsonl line 2", "runs/street/nlcl"]
    assert len(built.rankings[0].rows) == 5
    for path in (tmp_path / "board").rglob("*.html"):
        assert "<script>alert" not in path.read_text()
        assert "<img src=x" not in path.read_text()
    assert "&lt;script&gt;alert(1)" in built.page.read_text()


def test_somebody_elses_events_withdraw_none_of_our_runs(board, tmp_path):
    (run,) = (run for run in read_all([board.root])[0] if run.result.label == "nlcl")
    board.write("theirs", {NIQE: 3.0, CHANGE: 5.0}, folder="../stranger/street/theirs")
    append(event_of(run, "withdrawn", date(2026, 1, 2), why="I say so"), tmp_path / "stranger")
    built = build([board.root, tmp_path / "stranger"], tmp_path / "board", draws=100)
    assert {"nlcl", "theirs"} <= {row.label for row in built.rankings[0].rows}
