"""Whatever an executor is given, it says how each shard ended, and refuses what cannot work."""

import sys
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nlcl_bench.core.distribute.chosen import chosen
from nlcl_bench.core.distribute.folder import note_jobs, refuse_under_way
from nlcl_bench.core.distribute.run import distribute
from nlcl_bench.core.distribute.slurm import SlurmOptions, submit
from nlcl_bench.core.distribute.step import finish
from nlcl_bench.core.errors import InputError, NLCLBenchError, RunError, StorageError
from nlcl_bench.core.files import locked
from nlcl_bench.core.shards import Shard


def mark(folder, *, shard):
    """Leave a file, but for shards that are to fail: a folder has the file's name."""
    try:
        (folder / shard.name).write_text("done")
    except OSError as error:
        raise StorageError("cannot be written", where=folder / shard.name, fix="make room") from error


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "executor"


def run(step, folder, executor="local", tasks=3, jobs=1):
    distribute(step, executor=executor, tasks=tasks, jobs=jobs, folder=folder, what="shards")


@given(total=st.integers(0, 200), of=st.integers(1, 40))
def test_stretches_are_neighbours_of_nearly_one_length_and_together_all(total, of):
    parts = [range(total)[Shard(number, of).stretch(total)] for number in range(1, of + 1)]
    assert [piece for part in parts for piece in part] == list(range(total))
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


def test_shards_that_fail_are_counted_the_first_is_told_and_the_others_are_done(tmp_path, folder):
    for number in (2, 4):
        (tmp_path / Shard(number, 4).name).mkdir()
    with pytest.raises(StorageError) as told:
        run(partial(mark, tmp_path), folder, tasks=4)
    first = "2 of 4 shards failed, the first is 2: cannot be written (make room)"
    assert str(told.value) == f"{tmp_path / '0002-of-0004'}: {first}"
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == ["0001-of-0004", "0003-of-0004"]
    assert (folder / "logs" / "task_00001.log").exists()


def test_a_process_that_is_killed_is_told(tmp_path, folder, monkeypatch):
    (tmp_path / "hungry.py").write_text(
        "import os, signal\ndef eat(*, shard):\n    shard.number == 2 and os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    import hungry

    with pytest.raises(RunError, match="a worker was killed"):
        run(hungry.eat, folder, jobs=2)


def test_a_mistake_of_ours_keeps_its_trace(tmp_path, folder, monkeypatch):
    (tmp_path / "faulty.py").write_text("def divide(*, shard):\n    return 1 / 0\n")
    monkeypatch.syspath_prepend(tmp_path)
    import faulty

    with pytest.raises(ZeroDivisionError):
        run(faulty.divide, folder)
    assert "ZeroDivisionError" in (folder / "logs" / "task_00000.log").read_text()


def test_two_at_once_in_one_folder_are_refused(tmp_path, folder):
    folder.mkdir()
    with locked(folder), pytest.raises(StorageError, match="another nlcl-bench is writing here"):
        run(partial(mark, tmp_path), folder)


@pytest.mark.parametrize("library", ["datatrove", "ray"])
def test_an_executor_that_is_not_installed_is_told(library, tmp_path, folder, monkeypatch):
    for name in [name for name in sys.modules if name.split(".")[0] == library or ".distribute." in name]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(InputError, match=rf"{library} is not installed \(install nlcl-bench\[distributed\]\)"):
        run(partial(mark, tmp_path), folder, executor="ray")


@pytest.mark.parametrize("address", ["127.0.0.1:1", "ray://127.0.0.1:1", "127.0.0.1:99999", "nobody.invalid:6379"])
def test_a_ray_cluster_that_does_not_answer_is_told(address, tmp_path, folder, monkeypatch):
    monkeypatch.setenv("RAY_ADDRESS", address)
    with pytest.raises(RunError, match="no Ray cluster answers"):
        run(partial(mark, tmp_path), folder, executor="ray")


def test_slurm_is_refused_where_it_cannot_work(tmp_path, monkeypatch):
    def send(folder):
        options = SlurmOptions("main")
        submit(partial(mark, tmp_path), print, tasks=2, jobs=1, folder=folder, what="collect", options=options)

    with pytest.raises(InputError, match="letters in its path"):
        send(tmp_path / "my store" / "executor")
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(InputError, match="there is no sbatch on this machine"):
        send(tmp_path / "store" / "executor")
    (tmp_path / "sbatch").touch(mode=0o755)
    monkeypatch.setenv("SLURM_ARRAY_TASK_ID", "3")
    with pytest.raises(InputError, match="already"):
        send(tmp_path / "store" / "executor")
    assert not (tmp_path / "store").exists()


def test_a_folder_that_slurm_was_given_is_left_alone_without_slurm(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    note_jobs(tmp_path, ["17", "18"])
    refuse_under_way(tmp_path)
    assert (tmp_path / "jobs").read_text() == "17,18"


def brought(folder):
    (folder / "brought").touch()


def refused():
    raise NLCLBenchError("do not fit together", where="shards")


def test_the_last_job_brings_together_what_is_complete_and_nothing_else(tmp_path):
    marks = [tmp_path / "completions" / name for name in ("00000", "00001")]
    marks[0].parent.mkdir()
    marks[0].touch()
    after = partial(brought, tmp_path)
    with pytest.raises(SystemExit, match=r"1 of 2 shards are not done, the first is 2 .* run the same command again"):
        finish(None, 0, 1, after=after, marks=marks)
    assert not (tmp_path / "brought").exists()
    marks[1].touch()
    finish(None, 0, 1, after=after, marks=marks)
    assert (tmp_path / "brought").exists()
    with pytest.raises(SystemExit, match="shards: do not fit together"):
        finish(None, 0, 1, after=refused, marks=marks)


@pytest.mark.parametrize(
    ("words", "match"),
    [
        ({"executor": "dask"}, r"is no executor: dask \(write local, ray or slurm\)"),
        ({"executor": "local", "shard": "1/4"}, r"leave --shard out"),
        ({"executor": "slurm"}, r"add --partition"),
    ],
)
def test_options_that_do_not_go_together_are_refused(words, match):
    with pytest.raises(InputError, match=match):
        chosen(**{"tasks": 2, "jobs": 1, "partition": None, "time": "1:00"} | words)
