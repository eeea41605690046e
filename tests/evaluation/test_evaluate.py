"""An evaluation leaves a run folder that says everything, survives a kill, and never passes a part for the whole."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image

from nlcl_bench.core import images
from nlcl_bench.core.errors import InputError, ManifestError, RunError
from nlcl_bench.data.loading import load_records, open_benchmark
from nlcl_bench.evaluation.evaluate import evaluate
from nlcl_bench.evaluation.plan import Request
from nlcl_bench.evaluation.run import read_run, read_scores
from nlcl_bench.evaluation.selection import select
from nlcl_bench.methods.catalogue import METHODS


def request(release, into, method="identity", metrics="piqe", config="rainy", **options) -> Request:
    benchmark, folder = open_benchmark(release, config, None)
    return Request(
        benchmark=benchmark,
        folder=folder,
        method=METHODS.get(method),
        selection=select(metrics.split(","), paired=config == "paired"),
        into=into,
        **options,
    )


def content(folder) -> dict[str, bytes]:
    """Every file of a run but the one that holds times."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.name not in {"timings.parquet", ".lock"})
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


def test_a_run_folder_holds_what_ran_every_score_and_every_output(release, tmp_path):
    result, place = evaluate(request(release, tmp_path, config="paired", metrics="piqe,psnr,ssim"))
    records = load_records(release, open_benchmark(release, "paired", None)[0])
    assert place == tmp_path / "small" / "identity"
    assert result.complete
    assert read_run(place) == result
    assert {row.metric for row in read_scores(place)} == {"piqe/pyiqa@1", "psnr/rgb@1", "ssim/bt601@1", "change/grey@1"}
    assert len(read_scores(place)) == 4 * len(records)
    assert sorted(path.stem for path in (place / "restored").iterdir()) == sorted(r.image_id for r in records)
    assert pq.read_table(place / "timings.parquet").num_rows == len(records)
    assert not (place / ".parts").exists()


def test_identity_writes_the_photograph_itself_and_changes_nothing(release, tmp_path):
    _, place = evaluate(request(release, tmp_path))
    assert all(row.value == 0 for row in read_scores(place) if row.metric.startswith("change/"))


def test_a_complete_run_is_not_computed_again(release, tmp_path):
    _, place = evaluate(request(release, tmp_path))
    before = {path: path.stat().st_mtime_ns for path in place.rglob("*.p*")}
    evaluate(request(release, tmp_path))
    assert {path: path.stat().st_mtime_ns for path in place.rglob("*.p*")} == before


def test_on_rain_free_photographs_the_change_tells_what_a_method_does_without_need(release, tmp_path):
    changes = {}
    for method in ("identity", "gaussian"):
        result, place = evaluate(request(release, tmp_path, method, metrics="change", config="clean"))
        assert (result.complete, result.benchmark.config) == (True, "clean")
        changes[method] = [row.value for row in read_scores(place)]
    assert changes["identity"] == [0, 0, 0]
    assert all(value > 1 for value in changes["gaussian"])


def test_other_metrics_score_the_outputs_that_are_there(release, tmp_path):
    _, place = evaluate(request(release, tmp_path))
    before = {path: path.stat().st_mtime_ns for path in (place / "restored").iterdir()}
    result, _ = evaluate(request(release, tmp_path, metrics="entropy"))
    assert {metric.name for metric in result.metrics} == {"entropy", "change"}
    assert {path: path.stat().st_mtime_ns for path in (place / "restored").iterdir()} == before


def test_another_method_may_not_move_into_the_folder(release, tmp_path):
    evaluate(request(release, tmp_path))
    with pytest.raises(RunError, match="holds another run"):
        evaluate(request(release, tmp_path, "median", label="identity"))


def test_a_limited_run_says_so_and_grows_to_the_whole_one(release, tmp_path):
    limited, _ = evaluate(request(release, tmp_path / "grown", limit=1))
    assert limited.benchmark.images == 1
    _, grown = evaluate(request(release, tmp_path / "grown"))
    _, whole = evaluate(request(release, tmp_path / "whole"))
    assert content(grown) == content(whole)


def test_the_number_of_workers_does_not_matter(release, tmp_path):
    _, alone = evaluate(request(release, tmp_path / "1", "guided", jobs=1))
    _, together = evaluate(request(release, tmp_path / "2", "guided", jobs=2))
    assert content(alone) == content(together)


@pytest.mark.realdata
def test_scores_of_our_own_naturalness_do_not_depend_on_the_number_of_workers(release, tmp_path, real_weights):
    asked = {"metrics": "niqe,ilniqe,brisque,piqe", "limit": 1}  # for one image one of the workers is started
    places = [evaluate(request(release, tmp_path / str(jobs), jobs=jobs, **asked))[1] for jobs in (1, 2)]
    alone, together = ((place / "scores.parquet").read_bytes() for place in places)
    assert alone == together


def test_every_picture_is_decoded_once_for_restoring_and_all_metrics(release, tmp_path, monkeypatch):
    decoded = []
    loaded = images._loaded
    monkeypatch.setattr(images, "_loaded", lambda data, *rest: decoded.append(data) or loaded(data, *rest))
    evaluate(request(release, tmp_path, "median", metrics="piqe,psnr,ssim,change", config="paired"))
    assert len(decoded) == len(set(decoded)) == 3 * 3  # rainy, clean, and the output, which differs from both


def test_after_kill_9_the_same_command_ends_as_if_nothing_had_been(write_release, tmp_path):
    release = write_release(tmp_path / "release", images=12)
    _, undisturbed = evaluate(request(release, tmp_path / "calm", "median", "colour_shift"))
    script = (
        "import sys; sys.path.insert(0, sys.argv[1]); from pathlib import Path; import test_evaluate as t\n"
        "from nlcl_bench.evaluation.evaluate import evaluate\n"
        "evaluate(t.request(Path(sys.argv[2]), Path(sys.argv[3]), 'median', 'colour_shift'))\n"
    )
    place = tmp_path / "killed" / "small" / "median"
    for outputs in (1, 3):
        arguments = [sys.executable, "-c", script, os.path.dirname(__file__), str(release), str(tmp_path / "killed")]  # noqa: PTH120
        with subprocess.Popen(arguments) as child:
            while child.poll() is None and len(list((place / "restored").glob("*.png"))) < outputs:
                time.sleep(0.005)
            child.send_signal(signal.SIGKILL)
    assert not read_run(place).complete
    evaluate(request(release, tmp_path / "killed", "median", "colour_shift"))
    assert content(place) == content(undisturbed)


def test_a_half_written_output_is_made_anew(release, tmp_path):
    _, place = evaluate(request(release, tmp_path / "a"))
    other = tmp_path / "b" / "small" / "identity" / "restored"
    other.mkdir(parents=True)
    image_id = next((place / "restored").iterdir()).stem
    (other / f".{image_id}.png.part").write_bytes(b"\x89PNG half")
    _, again = evaluate(request(release, tmp_path / "b"))
    assert content(again) == content(place)


def broken(image: int):
    """Return a loader of a method that fails on one image and works on the others."""
    calls = iter(range(100))

    def derainer(batch):
        if next(calls) == image:
            raise ValueError("cannot do this one")
        return batch.clone()

    return lambda *_: derainer


def test_an_image_that_fails_is_listed_and_the_others_go_through(release, tmp_path):
    ask = request(release, tmp_path)
    ask = dataclasses.replace(ask, method=dataclasses.replace(ask.method, load=broken(1)))
    result, place = evaluate(ask)
    assert not result.complete
    assert [(one.stage, "cannot do this one" in one.reason) for one in result.failures] == [("restore", True)]
    assert len({row.image_id for row in read_scores(place)}) == 2
    mended, _ = evaluate(request(release, tmp_path))
    assert mended.complete


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda batch: batch * float("nan"), "not finite"),
        (lambda batch: batch[..., 1:], "returned shape"),
        (lambda batch: batch.mul_(0.5), "changed its input"),
        (lambda batch: batch.numpy(), "not a tensor"),
    ],
)
def test_a_promise_broken_on_one_image_is_one_line_and_the_others_go_through(release, tmp_path, change, says):
    calls = iter(range(100))
    load = lambda *_: lambda batch: change(batch) if next(calls) == 1 else batch.clone()  # noqa: E731
    ask = request(release, tmp_path)
    result, place = evaluate(dataclasses.replace(ask, method=dataclasses.replace(ask.method, load=load)))
    assert [says in one.reason for one in result.failures] == [True]
    assert "\n" not in result.failures[0].reason
    assert not result.complete
    assert len({row.image_id for row in read_scores(place)}) == 2


def test_a_method_that_fails_on_everything_is_an_error(release, tmp_path):
    ask = request(release, tmp_path)
    ask = dataclasses.replace(ask, method=dataclasses.replace(ask.method, load=lambda *_: lambda batch: batch[..., 1:]))
    with pytest.raises(RunError, match="no image could be restored"):
        evaluate(ask)
    mended, _ = evaluate(request(release, tmp_path))
    assert mended.complete


@pytest.mark.realdata
def test_an_image_too_small_for_a_metric_has_no_score_and_the_run_says_why(write_release, tmp_path, real_weights):
    release = write_release(tmp_path / "tiny", side=100)
    result, _ = evaluate(request(release, tmp_path / "runs", metrics="niqe"))
    assert not result.complete
    assert {one.reason for one in result.failures} == {"image is 116x100; the metric needs 192 pixels a side"}


def test_a_tampered_release_is_refused(write_release, tmp_path):
    release = write_release(tmp_path / "release")
    shard = release / "rainy" / "test-00000-of-00001.parquet"
    table = pq.read_table(shard)
    pq.write_table(table.slice(0, 2), shard)
    with pytest.raises(ManifestError, match="have digest"):
        evaluate(request(release, tmp_path / "runs"))


def test_swapped_image_bytes_are_refused(write_release, tmp_path):
    release = write_release(tmp_path / "release")
    shard = release / "rainy" / "test-00000-of-00001.parquet"
    table = pq.read_table(shard)
    images = table.column("image").to_pylist()
    swapped = [images[1], images[0], *images[2:]]
    column = type(table.column("image"))
    index = table.column_names.index("image")
    field = table.schema.field("image")
    import pyarrow as pa

    assert column is pa.ChunkedArray
    pq.write_table(table.set_column(index, field, pa.array(swapped, type=field.type)), shard)
    with pytest.raises(ManifestError, match="are not those of its record"):
        evaluate(request(release, tmp_path / "runs"))


def test_the_score_is_of_the_written_file(release, tmp_path):
    """Change an output by hand and score again with another metric: the number follows the file."""
    _, place = evaluate(request(release, tmp_path))
    output = next((place / "restored").iterdir())
    Image.fromarray(np.full((208, 224, 3), 128, dtype=np.uint8)).save(output)
    evaluate(request(release, tmp_path, metrics="entropy"))
    scores = {row.image_id: row.value for row in read_scores(place) if row.metric.startswith("entropy")}
    assert scores[output.stem] == pytest.approx(0, abs=1e-4)


def test_run_json_tells_no_path_no_host_and_no_time(release, tmp_path):
    _, place = evaluate(request(release, tmp_path, command="nlcl-bench evaluate"))
    text = (place / "run.json").read_text()
    assert str(tmp_path) not in text
    assert os.uname().nodename not in text
    assert "date" not in json.loads(text)


@pytest.mark.parametrize("label", ["../escape", "UPPER", "a b"])
def test_a_label_that_is_no_name_is_refused(release, tmp_path, label):
    with pytest.raises(InputError, match="--label"):
        evaluate(request(release, tmp_path, label=label))
