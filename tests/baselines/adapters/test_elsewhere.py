"""A method that was brought along works in other processes and folders as where it was named."""

from __future__ import annotations

import pickle
import sys
from pathlib import Path

import pytest

from baselines.adapters.folder import folder
from baselines.adapters.onnx_file import onnx
from baselines.adapters.program import program
from nlcl_bench.cli.evaluate import _join
from nlcl_bench.core.distribute.chosen import Chosen
from nlcl_bench.core.errors import InputError
from nlcl_bench.data.loading import load_samples
from nlcl_bench.evaluation.distributed import evaluate_by
from nlcl_bench.evaluation.evaluate import evaluate
from nlcl_bench.evaluation.run import read_run
from nlcl_bench.evaluation.sent import received, send
from nlcl_bench.methods.catalogue import packed, unpacked

LOCAL = Chosen("local", tasks=2, jobs=1, partition=None, time="1:00")
COPY = "import sys, shutil\nshutil.copy(*sys.argv[1:])\n"


@pytest.fixture
def brought(release, onnx_file, tmp_path, monkeypatch):
    """Go to a folder with outputs, a program and a network, and return them as methods named by relative paths."""
    place = tmp_path / "here"
    (place / "theirs").mkdir(parents=True)
    for sample in load_samples(release, "paired", "test"):
        (place / "theirs" / f"{sample.record.image_id}.png").write_bytes(sample.clean)
    (place / "copy.py").write_text(COPY)
    monkeypatch.chdir(place)

    def make(kind):
        if kind == "dir":
            return folder("theirs", {})
        if kind == "cmd":
            return program(f"{sys.executable} copy.py {{input}} {{output}}", {})
        pytest.importorskip("onnxruntime")
        return onnx(onnx_file(Path("blur.onnx")).name, {})

    return make


def content(place) -> dict[str, bytes]:
    files = (path for path in place.rglob("*") if path.is_file() and path.name not in {"timings.parquet", ".lock"})
    return {str(path.relative_to(place)): path.read_bytes() for path in files}


@pytest.mark.parametrize("kind", ["dir", "cmd", "onnx"])
def test_a_request_that_travels_gives_the_same_run_in_another_folder(brought, request_of, tmp_path, monkeypatch, kind):
    request = request_of(brought(kind), tmp_path / "there")
    sent = pickle.dumps(send(request, jobs=1))
    _, here = evaluate(request_of(brought(kind), tmp_path / "runs"))
    monkeypatch.chdir("/")
    result, there = evaluate(received(pickle.loads(sent)))  # noqa: S301 (our own)
    assert result.complete
    assert content(there) == content(here)


def test_shards_of_an_executor_take_the_outputs_that_somebody_made(brought, request_of, tmp_path):
    _, whole = evaluate(request_of(brought("dir"), tmp_path / "whole"))
    ((result, place),) = evaluate_by([request_of(brought("dir"), tmp_path / "runs")], LOCAL, _join, say=print)
    assert result.complete
    assert content(place) == content(whole)


def test_an_output_too_many_is_told_by_whoever_joins_the_shards(brought, request_of, tmp_path):
    brought("dir")
    Path("theirs/holiday.png").write_bytes(next(Path("theirs").iterdir()).read_bytes())
    ((result, place),) = evaluate_by([request_of(folder("theirs", {}), tmp_path / "runs")], LOCAL, _join, say=print)
    assert [(one.image_id, one.reason) for one in result.failures] == [
        (None, "1 outputs belong to no image of the split: holiday.png")
    ]
    assert not read_run(place).complete


def test_files_that_are_not_there_are_one_line(brought, request_of, tmp_path):
    spec = unpacked(pickle.loads(pickle.dumps(packed(brought("dir")))))  # noqa: S301 (our own)
    for path in Path("theirs").iterdir():
        path.unlink()
    with pytest.raises(
        InputError, match=r"cannot be read: No such file or directory \(check that it is there"
    ) as caught:
        evaluate(request_of(spec, tmp_path / "runs"))
    assert "\n" not in str(caught.value)
