"""Whoever does the shards of an evaluation, its folder is that of one process; what fails is told, and gone on with."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import numpy as np
import pytest
from slurmqueue import partition, wait_for

from nlcl_bench.cli.evaluate import _join
from nlcl_bench.core.deep import encode_deep
from nlcl_bench.core.distribute.chosen import Chosen
from nlcl_bench.core.errors import InputError, RunError, StorageError, UnknownNameError
from nlcl_bench.core.files import locked
from nlcl_bench.core.shards import Shard
from nlcl_bench.data.loading import load_records, open_benchmark
from nlcl_bench.evaluation.distributed import evaluate_by, evaluate_shard
from nlcl_bench.evaluation.evaluate import evaluate, evaluate_all, executor_folder
from nlcl_bench.evaluation.plan import Request
from nlcl_bench.evaluation.run import read_run
from nlcl_bench.evaluation.selection import select
from nlcl_bench.evaluation.sent import received, send
from nlcl_bench.methods.catalogue import METHODS

__all__ = ["partition"]

LOCAL = Chosen("local", tasks=2, jobs=1, partition=None, time="1:00")
TWO_AT_A_TIME = LOCAL._replace(jobs=2)


@pytest.fixture(scope="module")
def pairs(tmp_path_factory, write_release) -> Path:
    """Return a release of eight pairs."""
    return write_release(tmp_path_factory.mktemp("pairs"), images=8)


@pytest.fixture(scope="module")
def whole(pairs, tmp_path_factory) -> Path:
    """Return the run's folder that one process made."""
    return evaluate(asked(pairs, tmp_path_factory.mktemp("whole")))[1]


def asked(release, into, metrics="colour_shift,content_kept", **options) -> Request:
    """Return a request whose metrics are quick to import, for every process that works on it does so."""
    benchmark, folder = open_benchmark(release, "paired", None)
    selection = select(metrics.split(","), paired=True)
    rest = {"folder": folder, "selection": selection, "into": into, **options}
    return Request(benchmark=benchmark, method=METHODS.get("guided"), **rest)


def by_executor(request, by=LOCAL):
    (done,) = evaluate_by([request], by, _join, say=print)
    return done


def content(folder) -> dict[str, bytes]:
    """Every file of a run but the one that holds times."""
    files = (path for path in folder.rglob("*") if path.is_file() and path.name not in {"timings.parquet", ".lock"})
    return {str(path.relative_to(folder)): path.read_bytes() for path in files}


@contextmanager
def blocked(release, into, image):
    """While this lasts, what becomes of an image cannot be kept: a folder lies where its part is written."""
    benchmark, folder = open_benchmark(release, "paired", None)
    name = load_records(folder, benchmark)[image].image_id
    lying = into / "small" / "guided" / ".parts" / f".{name}.json.part"
    lying.mkdir(parents=True)
    yield lying.with_name(f"{name}.json")
    lying.rmdir()


def test_processes_that_share_the_images_leave_what_one_leaves(pairs, whole, tmp_path, capfd):
    result, place = by_executor(asked(pairs, tmp_path), TWO_AT_A_TIME)
    assert result.complete
    assert content(place) == content(whole)
    assert not executor_folder(place).exists()
    assert [path.name for path in tmp_path.rglob("small/*")] == ["guided"]
    assert by_executor(asked(pairs, tmp_path)) == (result, place)
    assert capfd.readouterr() == ("", "")


def test_more_shards_than_images_are_as_many_as_images(pairs, whole, tmp_path):
    told = []

    def track(items, *, what, total):
        told.append((what, total))
        yield from items

    ((_, place),) = evaluate_by([asked(pairs, tmp_path)], LOCAL._replace(tasks=16), _join, say=print, track=track)
    assert told == [("evaluate", 8)]
    assert content(place) == content(whole)


def test_a_shard_that_fails_is_told_the_others_are_kept_and_the_same_again_completes(pairs, whole, tmp_path):
    with blocked(pairs, tmp_path, 0) as part, pytest.raises(StorageError) as told:
        by_executor(asked(pairs, tmp_path))
    assert str(told.value).startswith(f"{part}: 1 of 2 shards failed, the first is 1: cannot be written")
    assert len(list(part.parent.glob("*.json"))) == 4
    assert not read_run(part.parents[1]).complete
    assert (executor_folder(part.parents[1]) / "logs" / "task_00000.log").exists()
    _, place = by_executor(asked(pairs, tmp_path))
    assert content(place) == content(whole)
    assert not executor_folder(place).exists()


def test_shards_refuse_what_one_process_refuses(pairs, tmp_path):
    _, alone = evaluate(asked(pairs, tmp_path / "a", metrics="piqe", limit=4))
    output = min((alone / "restored").iterdir())
    output.write_bytes(encode_deep(np.zeros((208, 224, 3), dtype=np.uint16)))
    shutil.copytree(tmp_path / "a", tmp_path / "b")
    result, _ = evaluate(asked(pairs, tmp_path / "a", metrics="entropy", limit=4))
    shared, place = by_executor(asked(pairs, tmp_path / "b", metrics="entropy", limit=4))
    assert shared == result
    assert content(place) == content(alone)
    assert (shared.benchmark.images, shared.benchmark.first_of) == (4, 8)
    assert [(one.stage, one.image_id) for one in shared.failures] == [("score", output.stem)]
    (place / "restored" / "notes.txt").write_bytes(b"somebody's")
    with pytest.raises(RunError, match=r"notes\.txt is no output for a photograph of this benchmark"):
        by_executor(asked(pairs, tmp_path / "b", metrics="entropy", limit=4))


def test_ray_leaves_what_one_process_leaves(pairs, whole, tmp_path, capfd):
    """The slow one: Ray takes ten seconds to start on 127.0.0.1."""
    from nlcl_bench.core.distribute.on_ray import cluster

    ray = LOCAL._replace(executor="ray")
    with cluster(2):
        with blocked(pairs, tmp_path, 7), pytest.raises(StorageError, match="1 of 2 shards failed, the first is 2"):
            by_executor(asked(pairs, tmp_path), ray)
        _, place = by_executor(asked(pairs, tmp_path), ray)
    assert content(place) == content(whole)
    assert capfd.readouterr() == ("", "")


def at_work(group):
    """Tell whether a process of a group is at work; one that has ended may be left over, as a zombie."""
    for process in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _, its_group = process.read_text().rpartition(")")[2].split()[:3]
            if int(its_group) == group and state != "Z":
                return True
    return False


def test_after_kill_9_nobody_works_on_and_one_process_or_an_executor_goes_on(pairs, whole, tmp_path):
    script = (
        "import sys; sys.path.insert(0, sys.argv[1]); from pathlib import Path; import test_distributed as t\n"
        "if __name__ == '__main__': t.by_executor(t.asked(Path(sys.argv[2]), Path(sys.argv[3])), t.TWO_AT_A_TIME)\n"
    )
    (tmp_path / "killed.py").write_text(script)
    place = tmp_path / "small" / "guided"
    words = [sys.executable, tmp_path / "killed.py", Path(__file__).parent, pairs, tmp_path]
    path = os.pathsep.join([str(Path(__file__).parents[1]), os.environ.get("PYTHONPATH", "")])
    with subprocess.Popen(words, env={**os.environ, "PYTHONPATH": path}, start_new_session=True) as child:
        while child.poll() is None and not list((place / ".parts").glob("*.json")):
            time.sleep(0.005)
        child.send_signal(signal.SIGKILL)
    gone = time.monotonic() + 20
    while at_work(child.pid):
        assert time.monotonic() < gone
        time.sleep(0.01)
    assert not read_run(place).complete
    shutil.copytree(tmp_path / "small", tmp_path / "copy" / "small")
    assert content(evaluate(asked(pairs, tmp_path))[1]) == content(whole)
    assert content(by_executor(asked(pairs, tmp_path / "copy"))[1]) == content(whole)


def test_attacks_by_an_executor_leave_what_one_process_leaves_and_are_gone_on_with(pairs, tmp_path):
    from nlcl_bench.evaluation.attacks import attack, attacked, attacks_on

    alone = attack(asked(pairs, tmp_path / "a", metrics="entropy", limit=4))[2].parent
    requests = attacks_on(asked(pairs, tmp_path / "b", metrics="entropy", limit=4))
    evaluate(requests[2])  # one is complete already
    place = tmp_path / "b" / "attacks" / "small"
    benchmark, folder = open_benchmark(pairs, "paired", None)
    lying = place / "blur" / ".parts" / f".{load_records(folder, benchmark)[3].image_id}.json.part"
    lying.mkdir(parents=True)
    with pytest.raises(StorageError, match="1 of 2 shards failed, the first is 2"):
        evaluate_by(requests, LOCAL, _join, say=print)
    assert not (place / "attacks.html").exists()
    lying.rmdir()
    done = evaluate_by(requests, LOCAL, _join, say=print)
    assert attacked(done)[2] == place / "attacks.html"
    assert content(place) == content(alone)
    assert [path.name for path in place.parent.rglob(".*.executor")] == []


def test_two_at_once_in_one_folder_are_refused(pairs, tmp_path):
    place = tmp_path / "small" / "guided"
    place.mkdir(parents=True)
    with locked(place), pytest.raises(StorageError, match="another nlcl-bench is writing here"):
        by_executor(asked(pairs, tmp_path))


def test_a_shard_that_comes_late_leaves_another_run_alone(pairs, tmp_path):
    late = send(asked(pairs, tmp_path), jobs=1)
    _, place = evaluate(asked(pairs, tmp_path, metrics="entropy"))
    before = content(place)
    with pytest.raises(RunError, match="holds another run by now"):
        evaluate_shard([late], shard=Shard(1, 2))
    assert content(place) == before
    shutil.rmtree(place)
    with pytest.raises(RunError, match="is no run folder"):
        evaluate_shard([late], shard=Shard(1, 2))


def test_a_request_travels_with_absolute_paths_and_by_names(pairs, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    sent = send(asked(pairs, Path("runs"), weights=Path("file")), jobs=3)
    assert (sent.others["into"], sent.others["weights"]) == (tmp_path / "runs", tmp_path / "file")
    again = received(sent)
    assert (again.method, again.jobs) == (METHODS.get("guided"), 3)
    assert [one.spec.name for one in again.selection.chosen] == ["change", "colour_shift", "content_kept"]
    with pytest.raises(UnknownNameError, match="no method of this name"):
        received(type(sent)(method="nowhere", metrics=(), missing=(), others={}))


def test_slurm_leaves_what_one_process_leaves(partition, pairs, whole, tmp_path):
    slurm = LOCAL._replace(executor="slurm", partition=partition, time="5:00")

    def submit():
        said = []
        assert evaluate_by([asked(pairs, tmp_path)], slurm, _join, say=said.append) is None
        numbers, logs = re.findall(r"job (\d+)", said[0]), Path(said[2].partition("tail ")[2].removesuffix("/*"))
        return numbers, lambda: "".join(path.read_text() for path in logs.iterdir())

    with blocked(pairs, tmp_path, 7):
        numbers, told = submit()
        for again in (evaluate_all, partial(evaluate_by, by=slurm, after=_join, say=print)):
            with pytest.raises(InputError, match=f"Slurm is at work here: jobs {','.join(numbers)}"):
                again([asked(pairs, tmp_path)])
        wait_for(numbers)
    assert "1 of 2 shards are not done, the first is 2" in told()
    numbers, told = submit()
    wait_for(numbers)
    assert "Colour shift" in told()
    assert content(tmp_path / "small" / "guided") == content(whole)
