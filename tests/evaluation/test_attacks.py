"""The table of attacks says what the scores of its runs say, and its page shows no more and no less."""

from __future__ import annotations

import csv
import dataclasses
import json

import numpy as np
import pytest

from nlcl_bench.core.errors import RunError
from nlcl_bench.data.loading import open_benchmark
from nlcl_bench.evaluation import attack_texts, workers
from nlcl_bench.evaluation.attack_table import tabulate
from nlcl_bench.evaluation.attacks import attack
from nlcl_bench.evaluation.plan import Request
from nlcl_bench.evaluation.selection import select
from nlcl_bench.evaluation.wording import ABSENT
from nlcl_bench.methods.attacks import ATTACKS, UNTOUCHED
from tests.leaderboard.conftest import CHANGE, NIQE, PSNR, Folders, metric
from tests.leaderboard.test_site import Reader

HOSTILE = "</title><script>alert(1)</script>"


def request(release, into, metrics="piqe,entropy", **options) -> Request:
    benchmark, folder = open_benchmark(release, "rainy", None)
    chosen = select(metrics.split(","), paired=False)
    return Request(benchmark=benchmark, folder=folder, method=UNTOUCHED, selection=chosen, into=into, **options)


@pytest.fixture
def made_up(tmp_path):
    """Return a maker of runs of attacks with given scores: name of the attack to scores by metric."""
    folders = Folders(tmp_path / "runs", frames=1)

    def make(**scores):
        return [
            folders.run(name, given, method={"name": f"attack-{name}", "supervision": "attack", "title": HOSTILE})
            for name, given in scores.items()
        ]

    return make


@pytest.fixture
def runs(made_up):
    generator = np.random.default_rng(5)
    base = {NIQE: generator.normal(4, 0.8, 12), PSNR: generator.normal(25, 2, 12), CHANGE: 0.0}
    spread = generator.normal(0, 0.3, 12)
    spread -= spread.mean()
    jpeg = {NIQE: base[NIQE] - 1.2 + spread, PSNR: base[PSNR] - 0.5, CHANGE: 2.5}
    blur = {NIQE: base[NIQE] + spread, PSNR: base[PSNR] + 1, CHANGE: 4.0}
    return made_up(blur=blur, untouched=base, jpeg75=jpeg)


def test_the_table_is_that_of_loops_over_the_scores(runs):
    table = tabulate(runs, draws=300, seed=1)
    scores = {run.result.label: run for run in runs}
    assert [row.label for row in table.rows] == ["jpeg75", "blur"]  # in the order of the attacks
    assert [one.id for one in table.metrics] == [NIQE.id, PSNR.id]
    for row in table.rows:
        for entry in table.metrics:
            before, after = (scores[name].column(entry.id) for name in ("untouched", row.label))
            gains = [b - a if entry.better == "lower" else a - b for a, b in zip(after, before, strict=True)]
            found = row.gains[entry.id]
            assert found.change.mean == pytest.approx(sum(gains) / 12)
            assert found.share == sum(gain > 0 for gain in gains) / 12
            assert found.spreads == pytest.approx(np.mean(gains) / np.std(before, ddof=1))
            interval = found.change.interval
            assert interval.low - 1e-9 <= found.change.mean <= interval.high + 1e-9
    assert [row.difference for row in table.rows] == [2.5, 4.0]


def test_a_gain_lies_in_the_direction_that_the_metric_calls_better(runs):
    verdicts = {
        row.label: {name: gain.change.verdict for name, gain in row.gains.items()}
        for row in tabulate(runs, draws=300).rows
    }
    assert verdicts["jpeg75"] == {NIQE.id: "better", PSNR.id: "worse"}
    assert verdicts["blur"] == {NIQE.id: "unclear", PSNR.id: "better"}


def test_a_metric_and_its_negative_are_gamed_alike(made_up):
    generator = np.random.default_rng(6)
    minus = metric("minus", better="higher", bounds=(-100.0, 0.0))
    base, other = generator.normal(40, 5, (2, 12))
    runs = made_up(untouched={NIQE: base, minus: -base}, blur={NIQE: other, minus: -other})
    (row,) = tabulate(runs, draws=300).rows
    one, turned = row.gains[NIQE.id], row.gains[minus.id]
    assert one.share == turned.share
    assert one.change.verdict == turned.change.verdict
    np.testing.assert_allclose(
        [one.change.mean, one.change.interval.low, one.change.interval.high],
        [turned.change.mean, turned.change.interval.low, turned.change.interval.high],
    )


def test_rounding_is_no_gain(made_up):
    runs = made_up(untouched={NIQE: 4.0}, mirror={NIQE: 4.0 - 1e-9})
    assert tabulate(runs, draws=100).rows[0].gains[NIQE.id].share == 0


def test_without_the_untouched_photographs_there_is_no_table(runs):
    assert tabulate([run for run in runs if run.result.label != "untouched"]) is None


def test_findings_name_the_worst_attack_of_every_metric(runs):
    niqe, psnr = attack_texts.findings(tabulate(runs, draws=300))
    assert niqe.startswith("NIQE: 1 of 2 attacks score better; the most gains jpeg75, +1.20")
    assert psnr.startswith("PSNR: 1 of 2 attacks score better; the most gains blur, +1.00")


def test_terminal_csv_and_json_hold_the_same_gains(runs):
    table = tabulate(runs, draws=300)
    value = json.loads(attack_texts.as_json(table))
    gains = {(row["attack"], name): gain for row in value["rows"] for name, gain in row["gains"].items()}
    lines = list(csv.DictReader(attack_texts.as_csv(table).splitlines()))
    assert len(lines) == len(gains) == 4
    for line in lines:
        gain = gains[line["attack"], line["metric"]]
        assert float(line["gain"]) == gain["mean"]
        assert float(line["share_better"]) == gain["share_better"]
    columns, rows = attack_texts.terminal(table)
    assert [len(row) for row in rows] == [len(columns)] * 3
    assert f"{gains['jpeg75', NIQE.id]['mean']:+.2f}" in rows[1][2]


def test_the_page_shows_the_gains_and_escapes_what_strangers_wrote(runs):
    page = attack_texts.page(tabulate(runs, draws=300))
    reader = Reader(page)
    assert not reader.all("script")
    assert len(reader.all("svg")) == 2
    assert HOSTILE in reader.text
    assert "12 of 12" in page
    assert "http" not in page.replace('http-equiv="Content-Security-Policy"', "")


def test_what_was_not_scored_is_shown_as_such(made_up):
    runs = made_up(untouched={NIQE: 4.0, PSNR: 20.0}, blur={NIQE: 5.0})
    table = tabulate(runs, draws=100)
    assert attack_texts.terminal(table)[1][1][3] == ABSENT
    assert "Incomplete: down to 0 of 12 photographs" in attack_texts.findings(table)[1]
    assert "not measured" in attack_texts.page(table)


def test_no_number_over_some_photographs_passes_as_one_over_all(tmp_path):
    folders = Folders(tmp_path / "runs", benchmark={"first_of": 40})
    spread = np.linspace(0, 1, 12)
    given = {"untouched": {NIQE: 4 + spread, PSNR: 20 + spread}, "blur": {NIQE: 3 + spread, PSNR: 21 + spread}}
    runs = [
        folders.run(
            name,
            scores,
            method={"name": f"attack-{name}", "supervision": "attack"},
            rows=lambda rows: [row for row in rows if row.metric != NIQE.id or row.image_id != rows[0].image_id],
            complete=False,
        )
        for name, scores in given.items()
    ]
    table = tabulate(runs, draws=100)
    _, (untouched, blur) = attack_texts.terminal(table)
    assert (untouched[2], untouched[3]) == (f"{4 + spread[1:].mean():.2f} [11 of 12 images]", "20.50")
    assert (blur[2].endswith("11 of 11, 1 not scored"), blur[3].endswith("12 of 12")) == (True, True)
    reader = Reader(attack_texts.page(table))
    assert "[11 of 12 images]" in reader.text
    assert "street / rainy / test / first 12 of 40 images" in reader.text
    assert len(reader.all("svg")) == 1
    assert [one["n"] for one in json.loads(attack_texts.as_json(table))["metrics"]] == [11, 12]
    lines = list(csv.DictReader(attack_texts.as_csv(table).splitlines()))
    assert [(line["images"], line["first_of"], line["n"]) for line in lines] == [("12", "40", "11"), ("12", "40", "12")]


def test_an_evaluation_leaves_runs_that_resume_and_a_table_of_all_attacks(release, tmp_path):
    table, runs, page = attack(request(release, tmp_path))
    assert page == tmp_path / "attacks" / "small" / "attacks.html"
    assert {path.suffix for path in page.parent.glob("attacks.*")} == {".html", ".csv", ".json"}
    assert [row.label for row in table.rows] == [spec.name.removeprefix("attack-") for spec in ATTACKS[1:]]
    assert all(run.result.complete for run in runs)
    assert all(row.gains.keys() == {"piqe/pyiqa@1", "entropy/grey@1"} for row in table.rows)
    assert table.rows[0].difference > 0
    before = {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in page.parent.rglob("*.p*")}
    text = page.read_bytes()
    attack(request(release, tmp_path))
    assert {path: (path.stat().st_mtime_ns, path.read_bytes()) for path in before} == before
    assert page.read_bytes() == text


def test_two_workers_that_start_once_do_all_attacks_and_leave_what_one_process_leaves(release, tmp_path, monkeypatch):
    started = []

    class Counted(workers.ProcessPoolExecutor):
        def __init__(self, jobs, *rest):
            started.append(jobs)
            super().__init__(jobs, *rest)

    monkeypatch.setattr(workers, "ProcessPoolExecutor", Counted)
    _, _, together = attack(request(release, tmp_path / "2", "entropy", jobs=2))
    assert started == [2]
    _, _, alone = attack(request(release, tmp_path / "1", "entropy", jobs=1))
    assert started == [2]
    tables = [sorted(page.parent.rglob("scores.parquet")) for page in (together, alone)]
    assert [path.read_bytes() for path in tables[0]] == [path.read_bytes() for path in tables[1]]
    assert len(tables[0]) == len(ATTACKS)
    assert together.read_bytes() == alone.read_bytes()


def test_a_metric_is_loaded_once_for_all_attacks(release, tmp_path):
    asked, loads = request(release, tmp_path, "entropy", limit=1), []
    chosen = [
        dataclasses.replace(
            one,
            spec=dataclasses.replace(one.spec, load=lambda path, spec=one.spec: loads.append(spec) or spec.load(path)),
        )
        for one in asked.selection.chosen
    ]
    attack(dataclasses.replace(asked, selection=dataclasses.replace(asked.selection, chosen=tuple(chosen))))
    assert [spec.name for spec in loads] == ["change", "entropy"]


def test_photographs_that_no_metric_can_score_are_an_error(write_release, tmp_path):
    release = write_release(tmp_path / "tiny", side=8, paired=False)
    with pytest.raises(RunError, match="nothing to compare"):
        attack(request(release, tmp_path / "runs", "piqe"))
