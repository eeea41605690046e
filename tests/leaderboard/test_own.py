"""The project's own board is not stale: its runs are of the methods, weights and metrics that are here now."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

import pytest

from leaderboard.events import append, event_of, read_events, statuses
from leaderboard.own import METRICS, own, shipped
from leaderboard.rank import rank
from leaderboard.verify import verify
from nlcl_bench import __version__
from nlcl_bench.data.loading import open_benchmark
from nlcl_bench.data.packaged import packaged_benchmark
from nlcl_bench.evaluation.intake import read_all
from nlcl_bench.evaluation.plan import _files_digest
from nlcl_bench.metrics.catalogue import METRICS as CATALOGUE

RUNS = Path(__file__).parents[2] / "leaderboard" / "runs"
AGAIN = "run `nlcl-bench leaderboard own --into own-board`"


@pytest.fixture(scope="module")
def kept():
    runs, refused = read_all([RUNS])
    assert not refused
    return {run.result.label: run for run in runs}


def test_every_method_that_ships_is_on_the_board_with_its_present_weights(kept):
    here = {spec.name: spec.weights.digest if spec.weights else None for spec in shipped()}
    there = {label: run.result.method.weights_sha256 for label, run in kept.items()}
    assert there == here, AGAIN


def test_the_runs_are_of_the_metrics_and_the_protocol_that_are_here_now(kept):
    wanted = {(spec.id, _files_digest(spec.files), spec.family, spec.role) for spec in map(CATALOGUE.get, METRICS)}
    for run in kept.values():
        said = {(one.id, one.weights_sha256, one.family, one.role) for one in run.result.metrics}
        assert {one for one in said if not one[0].startswith("change/")} == wanted, AGAIN
        assert run.result.protocol == "P1", AGAIN
        assert run.result.toolkit == f"nlcl-bench {__version__}", AGAIN


def test_the_runs_are_whole_on_the_same_photographs_and_tell_no_folder(kept):
    assert len({run.result.benchmark for run in kept.values()}) == 1
    for run in kept.values():
        assert run.result.complete
        assert len(run.images) == run.result.benchmark.images == 24
        assert len(set(run.scenes)) == 12
        assert "/" not in run.result.command


def test_what_happened_to_every_run_is_told(kept):
    said, refused = statuses(list(kept.values()), [RUNS])
    assert not refused
    assert {status for status, _ in said.values()} == {"self-reported"}
    assert {event.run for event in read_events(RUNS)[0]} == {f"packaged/{label}" for label in kept}


def test_the_board_is_one_whose_truth_is_known_and_on_which_something_beats_doing_nothing(kept):
    ranking = rank(list(kept.values()), draws=200)
    assert ranking.headline == ("reference",)
    psnr = {
        row.label: cell.change.verdict
        for row in ranking.rows
        for cell in row.cells
        if cell.metric.startswith("psnr_y/") and cell.change
    }
    assert psnr["nlcl"] == "better"
    assert psnr["gaussian"] == "worse"


@pytest.fixture(scope="module")
def packaged(tmp_path_factory):
    return packaged_benchmark(tmp_path_factory.mktemp("packaged"))


def test_the_benchmark_made_again_is_the_one_that_the_runs_are_of(kept, packaged):
    benchmark, _ = open_benchmark(str(packaged))
    there = {run.result.benchmark.manifest_sha256 for run in kept.values()}
    assert there == {benchmark.digests["paired"]["test"]}, AGAIN


@pytest.mark.realdata
def test_runs_on_the_benchmark_come_out_as_they_were_sent(real_weights, kept, packaged):
    for label in ("directional", "rendered"):
        found = verify(kept[label].folder, [str(packaged)], images=1, seed=0)
        assert found.status in {"reproduced (same stack)", "reproduced (other hardware)"}, (found.differences, AGAIN)


@pytest.mark.realdata
def test_the_same_makes_a_board_of_any_release(real_weights, release, tmp_path):
    rainy = tmp_path / "rainy.toml"
    rainy.write_text(f'name = "small"\ntitle = "Small"\nsource = "{release}"\nconfig = "rainy"\n')
    (made,) = own(tmp_path / "work", tmp_path / "runs", ["identity"], data=str(rainy), day=date(2026, 1, 2))
    assert made.place == tmp_path / "runs" / "small" / "identity"
    names = {metric.name for metric in made.result.metrics}
    assert names == {*METRICS, "change"} - {"psnr", "psnr_y", "ssim"}
    (again,) = own(tmp_path / "work", tmp_path / "runs", ["identity"], data=str(rainy), day=date(2026, 1, 2))
    assert (made.changed, again.changed) == (True, False)


@pytest.mark.realdata
def test_what_an_earlier_version_kept_or_nothing_tells_of_is_kept_anew(real_weights, release, tmp_path):
    runs = tmp_path / "runs"

    def make():
        (made,) = own(tmp_path / "work", runs, ["identity"], data=str(release), day=date(2026, 1, 2))
        return made

    file = make().place / "run.json"
    sent = file.read_text()
    for said in (sent.replace(__version__, "0.0.1"), sent.replace('"schema_version": 1', '"schema_version": 0')):
        file.write_text(said)
        assert said != sent
        assert make().changed
        assert file.read_text() == sent
    file.write_text(sent.replace('"processor": "', '"processor": "another '))
    append(event_of(read_all([runs])[0][0], "rerun", date(2026, 1, 2)), runs)
    assert not make().changed
    (runs / "events.jsonl").unlink()
    assert make().changed
    assert [event.event for event in read_events(runs)[0]] == ["rerun"]


@pytest.mark.slow
@pytest.mark.realdata
def test_the_whole_board_made_again_changes_nothing(real_weights, tmp_path):
    shutil.copytree(RUNS, tmp_path / "runs")
    made = list(own(tmp_path / "work", tmp_path / "runs", day=date(2000, 1, 1)))
    assert not [one.result.label for one in made if one.changed]
