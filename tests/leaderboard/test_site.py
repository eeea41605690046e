from __future__ import annotations

import hashlib
import re
import shlex
from html.parser import HTMLParser

import numpy as np
import pytest
import typer
from typer.testing import CliRunner

from leaderboard.build import build
from leaderboard.cli import app
from leaderboard.site.plot import panels
from leaderboard.table import terminal
from nlcl_bench.cli.evaluate import evaluate
from nlcl_bench.evaluation.intake import read_all
from nlcl_bench.evaluation.run import InterfaceEntry
from tests.leaderboard.conftest import CHANGE, NIQE, PIQE, PSNR, metric, sha

VOID = {"meta", "link", "br", "input"}
ATTACK = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>{{7*7}}|[x](javascript:alert(1))\x1b[31m\u202e"


class Reader(HTMLParser):
    """Collects elements, checks nesting as a strict reader would, and keeps the text that is shown."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if not {"style", "title"} & set(self.open):
            self.text += data

    def all(self, tag):
        return [attrs for name, attrs in self.elements if name == tag]


BOARD = "street-rainy-test/index.html"


def page_of(folders, tmp_path, page=BOARD) -> str:
    build([folders.root], tmp_path / "board", draws=200)
    return (tmp_path / "board" / page).read_text(encoding="utf-8")


@pytest.fixture
def page(board, tmp_path):
    return Reader(page_of(board, tmp_path))


@pytest.fixture
def pages(board, tmp_path):
    """Every page of the site, by its path."""
    build([board.root], tmp_path / "board", draws=200)
    root = tmp_path / "board"
    return {
        str(path.relative_to(root)): Reader(path.read_text(encoding="utf-8")) for path in sorted(root.rglob("*.html"))
    }


def test_the_page_shows_means_changes_and_intervals_of_the_ranking(board, tmp_path):
    built = build([board.root], tmp_path / "board", draws=200)
    shown = Reader((built.boards[0]).read_text(encoding="utf-8")).text
    cell = next(row for row in built.rankings[0].rows if row.label == "median").cells[1]
    assert f"{cell.mean:.2f}" in shown
    assert f"+{cell.change.mean:.2f}" in shown
    assert f"[+{cell.change.interval.low:.2f}, +{cell.change.interval.high:.2f}]" in shown
    assert "changes the photographs by 0.020 grey levels, less than 0.1" in shown


def test_the_page_warns_of_columns_that_a_control_wins(page):
    assert "The control jpeg75 scores better than every method that could be ranked under NIQE" in page.text


def test_the_site_says_what_every_reader_must_know(pages):
    for words in ("Nothing shows that they follow people", "easily gamed", "non-commercial", "jpeg75", "200 times"):
        assert words in pages["ranks.html"].text


def test_no_page_asks_for_anything_outside_the_site(pages):
    for path, page in pages.items():
        up = "../" * path.count("/")
        assert [attrs.get("src") for attrs in page.all("script")] in ([], [f"{up}assets/board.js"])
        assert not page.all("img")
        assert not [attrs for _, attrs in page.elements if any(name.startswith("on") for name in attrs)]
        assert {attrs["href"] for attrs in page.all("link")} == {"data:,", f"{up}assets/style.css"}
        assert not re.search(r"url\(|@import|style=", str(page.elements))
        policy = next(attrs["content"] for attrs in page.all("meta") if "http-equiv" in attrs)
        assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")


def test_every_link_of_the_site_leads_somewhere(pages, tmp_path):
    root = tmp_path / "board"
    for path, page in pages.items():
        for attrs in page.all("a"):
            target, _, anchor = attrs["href"].partition("#")
            there = (root / path).parent / target if target else root / path
            assert there.is_file(), (path, attrs["href"])
            if anchor:
                assert anchor in {one.get("id") for _, one in Reader(there.read_text(encoding="utf-8")).elements}


def test_every_number_of_a_method_can_be_traced_to_its_files(pages, board, tmp_path):
    page = pages["street-rainy-test/methods/nlcl.html"]
    for name in ("run.json", "scores.parquet"):
        copy = tmp_path / "board" / "street-rainy-test" / "runs" / "nlcl" / name
        assert copy.read_bytes() == (board.root / "street" / "nlcl" / name).read_bytes()
        assert hashlib.sha256(copy.read_bytes()).hexdigest() in page.text


def test_the_page_of_a_method_names_the_photographs_that_changed_most(pages, board):
    runs = {run.result.label: run for run in read_all([board.root])[0]}
    changed = runs["nlcl"].column(NIQE.id) - runs["identity"].column(NIQE.id)
    best, worst = runs["nlcl"].images[int(changed.argmin())], runs["nlcl"].images[int(changed.argmax())]
    text = pages["street-rainy-test/methods/nlcl.html"].text
    assert text.index("Where it did best and worst") < text.index(best)
    assert worst in text


def test_the_overview_shows_places_with_intervals_and_ties(pages):
    text = pages["index.html"].text
    for words in ("street / rainy / test", "nlcl", "paired-net", "no truth", "cannot be told apart"):
        assert words in text


def test_tables_can_be_read_by_ear(pages):
    for page in pages.values():
        assert len(page.all("caption")) == len(page.all("table"))
        assert all(attrs.get("scope") in {"col", "row", "colgroup", "rowgroup"} for attrs in page.all("th"))
        drawn = [attrs for attrs in page.all("svg") if attrs.get("aria-hidden") != "true"]  # those repeat the numbers
        assert all(attrs.get("role") == "img" and attrs.get("aria-label") for attrs in drawn)
        assert page.all("html")[0]["lang"] == "en"


def test_no_id_comes_twice(pages):
    for page in pages.values():
        ids = [attrs["id"] for _, attrs in page.elements if attrs.get("id")]
        assert len(ids) == len(set(ids))


def test_every_row_has_as_many_cells_as_the_head(board, tmp_path):
    text = page_of(board, tmp_path)
    table = text[text.index('<table id="board">') : text.index("</table>")]
    widths = set()
    for row in re.findall(r"<tr[^>]*>(.*?)</tr>", table, re.DOTALL)[2:]:
        spans = re.findall(r"<t[dh](?:[^>]*colspan=\"(\d+)\")?[^>]*>", row)
        widths.add(sum(int(span or 1) for span in spans))
    assert widths == {3 + 4 + 1 + 1}


def test_hostile_text_is_shown_as_text_everywhere(folders, tmp_path):
    entry = metric("niqe", title=ATTACK, implementation=ATTACK, id=ATTACK)
    folders.benchmark = {"revision": ATTACK}
    folders.write("identity", {entry: 4.0, CHANGE: 0.0})
    folders.write(
        "evil",
        {entry: np.arange(12.0), CHANGE: 5.0},
        method={
            "title": ATTACK,
            "paper": "javascript:alert(1)//" + ATTACK,
            "licence": ATTACK,
            "trained_on": (ATTACK,),
            "interface": dict.fromkeys(InterfaceEntry.model_fields, ATTACK),
        },
        command=ATTACK,
        toolkit=ATTACK,
        failures=({"image_id": sha("image 0")[:16], "stage": "score", "metric": ATTACK, "reason": ATTACK},),
        missing_metrics=({"name": "piqe", "reason": ATTACK},),
        complete=False,
        rows=lambda rows: rows[1:-1],
    )
    folders.write("pad", {entry: 4.0, CHANGE: 5.0}, method={"paper": "https://x.org/?a=\"onmouseover='alert(1)"})
    (folders.write("z", {entry: 4.0}, folder="<script>alert(2)</script>") / "run.json").write_text("{")
    built = build([folders.root], tmp_path / "board", draws=100)
    assert [one.where for one in built.refusals] == ["runs/<script>alert(2)</script>"]
    found = sorted((tmp_path / "board").rglob("*.html"))
    assert {"index.html", "evil.html", "pad.html"} < {path.name for path in found}
    text = ""
    for path in found:
        html = path.read_text(encoding="utf-8")
        page = Reader(html)
        text += page.text
        assert all(attrs.get("src", "").endswith("assets/board.js") for attrs in page.all("script"))
        assert not page.all("img")
        assert not [attrs for _, attrs in page.elements if any(name.startswith("on") for name in attrs)]
        assert not [attrs for attrs in page.all("a") if attrs["href"].lower().startswith("javascript")]
        assert not {"\x1b", "\u202e"} & set(html)
    assert "<script>alert(1)</script>" in text
    assert "{{7*7}}" in text
    for name in ("leaderboard.md", "leaderboard.tex"):
        made = (tmp_path / "board" / name).read_text()
        assert not {"\x1b", "\u202e"} & set(made)
        assert "<script" not in made


def test_a_refused_folder_is_named_on_the_page_with_its_reason(board, tmp_path):
    board.write("bad", {NIQE: 999.0, CHANGE: 5.0})
    page = Reader(page_of(board, tmp_path, "index.html"))
    assert "runs/street/bad" in page.text
    assert "score 999 of image" in page.text


def test_every_benchmark_has_a_folder_of_its_own(board, tmp_path):
    board.benchmark = {"name": "yard", "manifest_sha256": sha("yard")}
    board.write("nlcl", {PSNR: 30, CHANGE: 5})
    board.benchmark = {"name": "yard", "manifest_sha256": sha("other"), "revision": "other"}
    board.write("nlcl", {PSNR: 30, CHANGE: 5}, folder="other")
    first = Reader(page_of(board, tmp_path, "index.html"))
    folders = [attrs["href"] for attrs in first.all("a") if attrs["href"].endswith("test/index.html")]
    assert set(folders) == {"street-rainy-test/index.html", "yard-rainy-test/index.html"}
    assert (
        "Nobody sent a run of identity"
        in Reader((tmp_path / "board" / "yard-rainy-test" / "index.html").read_text()).text
    )
    assert (tmp_path / "board" / "yard-rainy-test-2" / "index.html").exists()


def test_a_limited_run_says_that_there_is_a_larger_board(board, tmp_path):
    board.benchmark, board.images = {"manifest_sha256": sha("four")}, 4
    board.write("nlcl", {NIQE: 3, PIQE: 20, CHANGE: 5}, folder="limited")
    text = Reader(page_of(board, tmp_path, "street-rainy-test-2/index.html")).text
    assert "Only 4 images: another board of this split has 24." in text


def test_a_board_of_the_first_images_says_of_how_many(board, tmp_path):
    board.benchmark, board.images = {"manifest_sha256": sha("four"), "first_of": 12}, 4
    board.write("nlcl", {NIQE: 3, PIQE: 20, CHANGE: 5}, folder="limited")
    text = page_of(board, tmp_path, "street-rainy-test-first-4/index.html")
    assert ">street / rainy / test / first 4 of 12 images</h1>" in text
    assert "Only the first 4 of 12 images: nothing here is a result on the whole split." in Reader(text).text


def without_the_first_image(rows):
    return [row for row in rows if row.image_id != rows[0].image_id]


def test_no_number_over_some_images_passes_as_one_over_all(folders, tmp_path):
    """A control that scored its easier images only seems to win, and wins nothing."""
    niqe = np.linspace(9, 1, 12)
    folders.write("identity", {NIQE: niqe, CHANGE: 0})
    folders.write("nlcl", {NIQE: niqe - 0.01, CHANGE: 5})
    folders.write("median", {NIQE: niqe, CHANGE: 5}, rows=without_the_first_image, complete=False)
    built = build([folders.root], tmp_path / "board", draws=200)
    text = Reader((built.boards[0]).read_text(encoding="utf-8")).text
    assert "11 of 12 images" in text
    assert "The control median scores better" not in text
    (line,) = [one for one in (tmp_path / "board" / "leaderboard.md").read_text().splitlines() if "| median |" in one]
    assert line.count("11 of 12 images") == 2
    (shown,) = [row for row in terminal(built.rankings[0])[1] if row[1] == "median"]
    assert shown[2].count("[11 of 12 images]") == 2
    assert {mark.label for panel in panels(built.rankings[0]) for mark in panel.marks} == {"nlcl"}


def test_changes_against_an_incomplete_identity_are_marked_in_every_row(folders, tmp_path):
    folders.write("identity", {NIQE: 4, CHANGE: 0}, rows=without_the_first_image, complete=False)
    folders.write("nlcl", {NIQE: np.linspace(1, 9, 12), CHANGE: 5})
    built = build([folders.root], tmp_path / "board", draws=200)
    (shown,) = [row for row in terminal(built.rankings[0])[1] if row[1] == "nlcl"]
    assert shown[2].startswith("5.00 (")
    assert shown[2].endswith("[11 of 12 images])")
    assert panels(built.rankings[0]) == []


def test_one_scene_shows_changes_without_intervals(folders, tmp_path):
    folders.frames = 12
    folders.write("identity", {NIQE: 4, CHANGE: 0})
    folders.write("nlcl", {NIQE: 3, CHANGE: 5})
    text = Reader(page_of(folders, tmp_path)).text
    assert "All images show one scene" in text
    assert "no interval" in text


def test_a_metric_that_no_run_could_measure_is_told_once_and_one_that_a_row_lacks_beside_it(folders, tmp_path):
    gone = {"name": "piqe", "reason": "file gone"}
    folders.write("identity", {NIQE: 4, CHANGE: 0}, missing_metrics=(gone,))
    folders.write("nlcl", {NIQE: 3, CHANGE: 5}, missing_metrics=(gone, {"name": "musiq", "reason": "too large"}))
    text = Reader(page_of(folders, tmp_path)).text
    assert text.count("No run could measure piqe") == 1
    assert "file gone" not in text
    assert text.count("musiq is missing: too large") == 1


def test_few_scenes_are_named_as_a_weakness_of_the_intervals(board, tmp_path):
    assert "Only 12 scenes: intervals from so few are too narrow" in Reader(page_of(board, tmp_path)).text


def test_the_first_view_of_40_methods_on_200_images_weighs_less_than_300_kilobytes(folders, tmp_path):
    folders.images = 200
    families = ("rain removed", "content kept", "naturalness", "reference")
    metrics = [metric(f"metric_{number}", family=families[number % 4]) for number in range(13)]
    generator = np.random.default_rng(0)
    base = generator.normal(50, 5, folders.images)
    for number in range(40):
        spread = 0.0 if number == 0 else generator.normal(number / 10, 1, folders.images)
        scores = dict.fromkeys(metrics, base + spread) | {CHANGE: 5.0 if number else 0.0}
        folders.write("identity" if number == 0 else f"a-method-with-a-name-{number}", scores)
    build([folders.root], tmp_path / "site", draws=100)
    text = (tmp_path / "site/street-rainy-test/index.html").read_text()
    assert "<img" not in text
    asked = ["street-rainy-test/index.html", "assets/style.css", "assets/board.js"]
    assert sum((tmp_path / "site" / name).stat().st_size for name in asked) < 300_000


def test_the_commands_that_a_submitter_is_told_exist_with_their_options(pages):
    text = pages["submit.html"].text
    lines = [line for line in text.splitlines() if line.startswith("nlcl-bench ")]
    verbs = {line.split()[2] for line in lines if line.split()[1] == "leaderboard"}
    assert verbs == {"build", "verify", "submit"}
    alone = typer.Typer()
    alone.command()(evaluate)
    for line in lines:
        words = shlex.split(line)
        known = CliRunner().invoke(app, [words[2], "--help"]) if words[1] == "leaderboard" else None
        shown = (known or CliRunner().invoke(alone, ["--help"])).output
        assert {word for word in words if word.startswith("--")} <= set(re.findall(r"--[a-z]+", shown)), line
