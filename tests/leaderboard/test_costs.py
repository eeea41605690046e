"""A board shows what its rows cost as it was measured, on which machine, and invents nothing."""

from __future__ import annotations

import json

import pytest
from typer.testing import CliRunner

from leaderboard.build import build
from leaderboard.cli import app
from nlcl_bench.evaluation.costs import CostEntry, Costs, write_costs
from nlcl_bench.evaluation.run import Environment
from nlcl_bench.evaluation.wording import ABSENT
from tests.leaderboard.conftest import sha
from tests.leaderboard.test_site import ATTACK, Reader


def entry(method, weights, seconds, **changes) -> CostEntry:
    known = {"source": None, "parameters": 358_596, "gmacs": 2.909, "megabytes": 512.4}
    return CostEntry(method=method, weights_sha256=weights, seconds=seconds, **known | changes)


@pytest.fixture
def measured(tmp_path):
    """Return a writer of the file of costs."""

    def write(*entries, processor="Some processor"):
        on = Environment(python="3.11", platform="linux", processor=processor, device="cpu", packages={})
        return write_costs(Costs(environment=on, threads=1, megapixels=0.5, methods=entries), tmp_path / "costs")

    return write


def rows_of(board, tmp_path, costs) -> dict[str, list[str]]:
    build([board.root], tmp_path / "board", draws=100, costs=costs)
    text = (tmp_path / "board" / "leaderboard.md").read_text()
    if "### Cost" not in text:
        return {}
    cells = [line.strip("| ").split(" | ") for line in text.partition("### Cost")[2].splitlines() if "|" in line]
    return {row[0]: row[1:] for row in cells[2:]}


def test_a_measured_row_has_its_numbers_and_the_others_have_none(board, tmp_path, measured):
    found = rows_of(board, tmp_path, measured(entry("nlcl", sha("nlcl"), 1.234)))
    assert found["nlcl"] == ["358,596", "2.909", "1.23", "512"]
    assert set(found["median"]) == {ABSENT}
    page = Reader((tmp_path / "board" / "street-rainy-test" / "index.html").read_text())
    assert (
        "Seconds and memory were measured on Some processor, one thread, with an image of 0.5 megapixels" in page.text
    )
    assert "1.23" in page.text
    assert len(page.all("caption")) == len(page.all("table"))
    data = json.loads((tmp_path / "board" / "leaderboard.json").read_text())
    assert data["costs"]["methods"][0]["seconds"] == 1.234


@pytest.mark.parametrize(
    "other", [entry("nlcl", sha("other"), 1), entry("nlcl", sha("nlcl"), 1, source="cmd: their"), entry("x", None, 1)]
)
def test_what_was_measured_of_something_else_is_shown_of_no_row(board, tmp_path, measured, other):
    assert rows_of(board, tmp_path, measured(other)) == {}


def test_without_a_file_of_costs_nothing_is_said_of_them(board, tmp_path):
    assert rows_of(board, tmp_path, None) == {}
    assert "costs" not in json.loads((tmp_path / "board" / "leaderboard.json").read_text())


def test_a_hostile_file_of_costs_is_shown_as_text(board, tmp_path, measured):
    costs = measured(entry("nlcl", sha("nlcl"), 1), processor=ATTACK)
    build([board.root], tmp_path / "board", draws=100, costs=costs)
    html = (tmp_path / "board" / "street-rainy-test" / "index.html").read_text()
    page = Reader(html)
    assert [attrs["src"] for attrs in page.all("script")] == ["../assets/board.js"]
    assert not page.all("img")
    assert "\x1b" not in html + (tmp_path / "board" / "leaderboard.md").read_text()
    assert "<script" not in (tmp_path / "board" / "leaderboard.md").read_text()


def test_the_command_takes_the_file_and_refuses_what_is_none(board, tmp_path, measured):
    words = ["--into", str(tmp_path / "board"), "--draws", "100", "--costs"]
    costs = measured(entry("nlcl", sha("nlcl"), 1))
    done = CliRunner().invoke(app, ["build", str(board.root), *words, str(costs)])
    assert done.exit_code == 0, done.output
    costs.write_text("{")
    done = CliRunner().invoke(app, ["build", str(board.root), *words, str(costs)])
    assert "is no file of costs" in str(done.exception)
