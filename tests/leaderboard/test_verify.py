"""A run is made again in part; whoever tampers with one is caught, by the check that docs/leaderboard.md names."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from leaderboard.cli import app
from leaderboard.events import FILE_NAME, read_events
from leaderboard.verify import verify
from nlcl_bench.core.errors import InputError, NLCLBenchError, RunError
from nlcl_bench.data import manifest
from nlcl_bench.data.loading import open_benchmark
from nlcl_bench.evaluation.evaluate import evaluate
from nlcl_bench.evaluation.inputs import method_weights
from nlcl_bench.evaluation.plan import Request
from nlcl_bench.evaluation.run import Failure, Score, read_run, read_scores, run_id, write_run
from nlcl_bench.evaluation.selection import select
from nlcl_bench.methods.catalogue import METHODS
from tests.leaderboard.conftest import sha

DOCS = Path(__file__).parents[2] / "docs" / "leaderboard.md"


def evaluated(release, into, name) -> Path:
    benchmark, folder = open_benchmark(release, "paired")
    spec = METHODS.get(name)
    request = Request(
        benchmark=benchmark,
        folder=folder,
        method=spec,
        weights=method_weights(spec, None),
        selection=select(["psnr_y", "piqe", "content_kept"], paired=True),
        into=into,
    )
    return evaluate(request)[1]


@pytest.fixture(scope="module")
def true_runs(release, tmp_path_factory) -> dict[str, Path]:
    into = tmp_path_factory.mktemp("true")
    return {name: evaluated(release, into, name) for name in ("guided", "gaussian", "ddn")}


@pytest.fixture
def copied(true_runs, tmp_path):
    """Return a maker of copies of the two files of a run, edited as by somebody who knows how run ids are made."""

    def copy(name="guided", *, result=None, rows=None, keep_id=False) -> Path:
        folder = tmp_path / "sent" / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        for file in ("run.json", "scores.parquet"):
            shutil.copy(true_runs[name] / file, folder / file)
        if result is not None:
            edited = result(read_run(folder))
            made = run_id(edited.benchmark, edited.method, edited.protocol, edited.metrics)
            write_run(edited if keep_id else edited.model_copy(update={"run_id": made}), folder)
        if rows is not None:
            manifest.write_part(rows(read_scores(folder)), Score, folder / "scores.parquet")
        return folder

    return copy


def method_with(**changes):
    return lambda result: result.model_copy(update={"method": result.method.model_copy(update=changes)})


def benchmark_with(**changes):
    return lambda result: result.model_copy(update={"benchmark": result.benchmark.model_copy(update=changes)})


def environment_with(**changes):
    return lambda result: result.model_copy(update={"environment": result.environment.model_copy(update=changes)})


def under_the_name_of(other):
    """Take the whole card of another run's method."""
    method = read_run(other).method
    return lambda result: result.model_copy(update={"method": method})


def better(rows):
    """Raise one metric a little, on every image."""
    return [row.model_copy(update={"value": row.value + 0.5}) if "psnr_y" in row.metric else row for row in rows]


def invented(rows):
    """Give every image a name that the release does not know: nothing could be made again."""
    return [row.model_copy(update={"image_id": sha(row.image_id)[:16]}) for row in rows]


def one_scene_each(rows):
    """Make every image a scene of its own: narrower intervals, more votes."""
    return [row.model_copy(update={"scene_id": row.image_id}) for row in rows]


def other_input(rows):
    return [row.model_copy(update={"input_sha256": sha("brighter")}) for row in rows]


def turned(result):
    """Turn the direction of a metric round; a run id does not cover it."""
    (first, *others) = result.metrics
    better = "lower" if first.better == "higher" else "higher"
    return result.model_copy(update={"metrics": (first.model_copy(update={"better": better}), *others)})


def fails(copy):
    """Say of the first image that it failed, and leave its scores out."""

    def result(said):
        bad = min(row.image_id for row in read_scores(copy()))
        failure = Failure(image_id=bad, stage="restore", reason="out of memory")
        return said.model_copy(update={"failures": (failure,), "complete": False})

    return copy(result=result, rows=lambda rows: [row for row in rows if row.image_id != min(r.image_id for r in rows)])


def swapped(rows):
    """Give two images each other's output and scores."""
    first, second = sorted({row.image_id for row in rows})[:2]
    said = {(row.image_id, row.metric): row for row in rows}
    other = {first: second, second: first}
    return [
        row.model_copy(
            update={
                "value": said[other.get(row.image_id, row.image_id), row.metric].value,
                "output_sha256": said[other.get(row.image_id, row.image_id), row.metric].output_sha256,
            }
        )
        for row in rows
    ]


def metric_renamed(result):
    metrics = tuple(one.model_copy(update={"id": one.id.replace("@1", "@2")}) for one in result.metrics)
    return result.model_copy(update={"metrics": metrics})


def rows_renamed(rows):
    return [row.model_copy(update={"metric": row.metric.replace("@1", "@2")}) for row in rows]


TAMPERS = {
    "a score is raised": (lambda copy: copy(rows=better), "verify: scores"),
    "two images' outputs are exchanged": (lambda copy: copy(rows=swapped), "verify: outputs"),
    "another method's scores under this name": (
        lambda copy: copy("gaussian", result=under_the_name_of(copy("guided"))),
        "verify: outputs",
    ),
    "other weights than it says": (
        lambda copy: copy("ddn", result=method_with(weights_sha256=sha("other"))),
        "verify: weights",
    ),
    "another protocol": (
        lambda copy: copy(result=lambda result: result.model_copy(update={"protocol": "P9"})),
        "verify: protocol",
    ),
    "other photographs": (lambda copy: copy(result=benchmark_with(manifest_sha256=sha("other"))), "verify: benchmark"),
    "images that the release does not have": (lambda copy: copy(rows=invented), "verify: images"),
    "other scenes": (lambda copy: copy(rows=one_scene_each), "verify: scenes"),
    "other rainy files": (lambda copy: copy(rows=other_input), "verify: inputs"),
    "the direction of a metric turned round": (lambda copy: copy(result=turned), "verify: definition of metrics"),
    "a bad image said to have failed": (fails, "verify: failures"),
    "trained with pairs, but says without": (
        lambda copy: copy("ddn", result=method_with(supervision="unpaired", trained_on=())),
        "verify: card of the method",
    ),
    "another version of a metric": (lambda copy: copy(result=metric_renamed, rows=rows_renamed), "verify: metrics"),
    "an entry edited by hand": (lambda copy: copy(result=method_with(tile=64), keep_id=True), "intake: run_id"),
    "a bad image left out": (lambda copy: copy(rows=lambda rows: rows[3:]), "intake: completeness"),
    "an image scored twice": (lambda copy: copy(rows=lambda rows: [*rows, rows[0]]), "intake: rows"),
    "a score beyond the metric's bounds": (
        lambda copy: copy(rows=lambda rows: [rows[0].model_copy(update={"value": 1e6}), *rows[1:]]),
        "intake: bounds",
    ),
}


def caught(folder, release) -> str:
    """Return which check catches a run, in the words of the documentation."""
    try:
        found = verify(folder, [str(release)], images=99, seed=0)
    except RunError as error:
        words = {"run_id": "run_id", "lack": "completeness", "twice": "rows", "rows where": "rows", "bounds": "bounds"}
        return "intake: " + next(check for word, check in words.items() if word in error.what)
    except InputError as error:
        words = {"photographs": "benchmark", "computes": "metrics", "protocol": "protocol"}
        return "verify: " + next(check for word, check in words.items() if word in str(error))
    kinds = {one.what for one in found.differences}
    order = (
        ("weights", "weights"),
        ("image", "images"),
        ("scene", "scenes"),
        ("input", "inputs"),
        ("better", "definition of metrics"),
        ("supervision", "card of the method"),
        ("failure", "failures"),
        ("output", "outputs"),
    )
    return "verify: " + next((check for kind, check in order if kind in kinds), "scores" if kinds else "nothing")


@pytest.mark.parametrize("name", TAMPERS)
def test_tampering_is_caught_by_the_check_that_the_documentation_names(name, copied, release):
    make, check = TAMPERS[name]
    assert caught(make(copied), release) == check
    assert f"| {name} | {check} |" in DOCS.read_text(encoding="utf-8")


def test_the_documentation_names_no_tampering_that_is_not_tried():
    table = DOCS.read_text(encoding="utf-8").partition("| what was done | caught by |")[2].partition("\n\n")[0]
    assert [line.split("|")[1].strip() for line in table.splitlines()[2:]] == list(TAMPERS)


@pytest.mark.parametrize("name", ["guided", "ddn"])
def test_a_true_run_is_reproduced_to_the_bit_on_its_stack(name, true_runs, release):
    found = verify(true_runs[name], [str(release)], images=2, seed=1)
    assert (found.status, found.same_stack, found.differences) == ("reproduced (same stack)", True, ())
    assert len(found.images) == 2


def one_level_off(rows):
    """What another processor may give: other outputs, and scores within the tolerance."""
    return [
        row.model_copy(update={"output_sha256": sha(row.output_sha256), "value": row.value + 0.0002}) for row in rows
    ]


def test_on_other_hardware_scores_have_to_agree_within_the_tolerance_and_outputs_need_not(copied, release):
    elsewhere = environment_with(processor="Another processor")
    found = verify(copied(result=elsewhere, rows=one_level_off), [str(release)], images=3, seed=0)
    assert (found.status, found.same_stack) == ("reproduced (other hardware)", False)
    assert verify(copied(result=elsewhere, rows=better), [str(release)], images=3, seed=0).status == "not reproduced"
    assert verify(copied(rows=one_level_off), [str(release)], images=3, seed=0).status == "not reproduced"


def test_equal_outputs_on_other_hardware_have_to_score_within_one_tolerance(copied, release):
    """Five tolerances: as much as rounding may move a score, but only where it moved the output."""

    def off(rows):
        return [row.model_copy(update={"value": row.value + 0.005}) if "psnr_y" in row.metric else row for row in rows]

    elsewhere = environment_with(processor="Another processor")
    folder = copied(result=elsewhere, rows=off)
    assert verify(folder, [str(release)], images=3, seed=0).status == "not reproduced"
    folder = copied(result=elsewhere, rows=lambda rows: off(one_level_off(rows)))
    assert verify(folder, [str(release)], images=3, seed=0).status == "reproduced (other hardware)"
    folder = copied(result=elsewhere, rows=lambda rows: off(off(off(one_level_off(rows)))))
    assert verify(folder, [str(release)], images=3, seed=0).status == "not reproduced"


def test_a_failure_elsewhere_may_be_for_lack_of_memory(copied, release):
    folder = fails(copied)
    result = read_run(folder)
    write_run(environment_with(processor="Another processor")(result), folder)
    assert verify(folder, [str(release)], images=99, seed=0).status == "reproduced (other hardware)"


def test_the_seed_draws_the_images_and_all_of_them_in_the_end(true_runs, release):
    drawn = {verify(true_runs["guided"], [str(release)], images=1, seed=seed).images for seed in range(4)}
    again = verify(true_runs["guided"], [str(release)], images=1, seed=2).images
    assert again in drawn
    assert len(drawn) > 1


def test_the_command_records_what_it_found_and_fails_where_something_differs(copied, release, tmp_path):
    kept = tmp_path / "kept"
    words = ["--data", str(release), "--seed", "0", "--record", str(kept)]
    done = CliRunner().invoke(app, ["verify", str(copied()), *words])
    assert done.exit_code == 0, done.output
    assert "reproduced (same stack)" in done.stdout
    done = CliRunner().invoke(app, ["verify", str(copied(rows=better)), *words])
    assert isinstance(done.exception, NLCLBenchError)
    events, _ = read_events(kept)
    assert [one.event for one in events] == ["reproduced (same stack)", "not reproduced"]
    assert events[0].files != events[1].files
    assert (events[0].seed, len(events[0].images)) == (0, 3)
    assert "psnr_y" in events[1].why
    assert (kept / FILE_NAME).read_text().count("\n") == 2


def test_a_run_through_an_adapter_says_what_has_to_be_given(copied, release):
    from nlcl_bench.evaluation.run import InterfaceEntry

    interface = InterfaceEntry(**dict.fromkeys(InterfaceEntry.model_fields, "x"))
    with pytest.raises(InputError, match="give the same --method KIND:ARGUMENT"):
        verify(copied(result=method_with(interface=interface)), [str(release)], images=1, seed=0)


def test_how_often_a_forgery_is_missed_is_what_the_documentation_says(true_runs):
    """Hypergeometric, by drawing: ten of a hundred images are forged and three are looked at."""
    generator = np.random.default_rng(0)
    missed = np.mean([(generator.permutation(100)[:3] >= 10).all() for _ in range(20_000)])
    assert missed == pytest.approx(0.73, abs=0.01)
    assert "73 %" in DOCS.read_text(encoding="utf-8")
