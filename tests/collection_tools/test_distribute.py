"""Whatever executor does the shards, the result is that of one process; what fails is told, and can be gone on with."""

import shutil
import subprocess
import sys
import time
from functools import partial

import pytest

from collection_tools.collect.collect import collect, collect_shard
from collection_tools.collect.sharded import merge
from collection_tools.collect.sources import Stated
from collection_tools.collect.store import open_store, read_rejected
from collection_tools.curate.curate import curate, curate_shard
from collection_tools.curate.recipe import read_recipe
from collection_tools.distribute.chosen import all_parts, chosen
from collection_tools.distribute.run import distribute
from collection_tools.distribute.slurm import SlurmOptions, submit
from collection_tools.distribute.step import finish
from nlcl_bench.core.errors import InputError, RunError, StorageError
from nlcl_bench.core.files import locked
from nlcl_bench.core.progress import silent
from nlcl_bench.data import manifest

GIVEN = {"domain": "rainy", "given": Stated(licence="CC-BY-4.0", author="Ada")}
CURATING = {"recipe": read_recipe(), "faces": False}


@pytest.fixture
def rain(album, camera_jpeg):
    """Seven photographs, a copy, a damaged one."""
    folder = album(7, "rain")
    (folder / "again.jpg").write_bytes(camera_jpeg(3))
    (folder / "broken.jpg").write_bytes(camera_jpeg(4)[:900])
    return folder


@pytest.fixture
def whole(rain, tmp_path):
    """A store and a curated folder that one process made."""
    collect([rain], tmp_path / "whole", **GIVEN)
    curate(tmp_path / "whole", tmp_path / "whole-curated", **CURATING)
    return tmp_path / "whole"


def seen(store):
    return manifest.digest(open_store(store).rows()), sorted(read_rejected(store).items())


def decided(tree, folder):
    left_out = ("findings", "curation.json")  # who found what; the name of the store
    return {name: data for name, data in tree(folder).items() if not name.startswith(left_out)}


def collecting(rain, store):
    return partial(collect_shard, [rain], store, **GIVEN)


def run(step, into, executor="local", tasks=3, jobs=2, **options):
    distribute(step, executor=executor, tasks=tasks, jobs=jobs, folder=into / "executor", what="shards", **options)


def test_local_processes_do_what_one_process_does(rain, whole, tmp_path, tree, capfd):
    store, curated, told = tmp_path / "store", tmp_path / "store-curated", []

    def track(items, *, what, total):
        for item in items:
            told.append((what, total))
            yield item

    run(collecting(rain, store), store, track=track)
    assert told == [("shards", 3)] * 3
    assert merge(store).added == 7
    run(partial(curate_shard, store, curated, **CURATING), curated, tasks=2, jobs=1)
    curate(store, curated, **CURATING)
    assert seen(store) == seen(whole)
    assert decided(tree, curated) == decided(tree, tmp_path / "whole-curated")
    assert not (store / "executor").exists()
    assert not (curated / "executor").exists()
    assert capfd.readouterr() == ("", "")


def test_a_shard_that_fails_is_told_and_the_same_again_completes(rain, whole, tmp_path, capfd):
    store = tmp_path / "store"
    busy = store / "shards" / "0002-of-0003"
    busy.mkdir(parents=True)
    with locked(busy), pytest.raises(StorageError, match=r"0002-of-0003: another nlcl-bench is writing here"):
        run(collecting(rain, store), store, jobs=1)
    done = [path.parent.name for path in sorted((store / "shards").glob("*/done.json"))]
    assert done == ["0001-of-0003", "0003-of-0003"]
    assert (store / "executor" / "logs" / "task_00001.log").exists()
    assert capfd.readouterr() == ("", "")
    run(collecting(rain, store), store, jobs=1)
    merge(store)
    assert seen(store) == seen(whole)
    assert not (store / "executor").exists()


def test_a_process_that_is_killed_is_told(tmp_path, monkeypatch):
    (tmp_path / "hungry.py").write_text(
        "import os, signal\ndef eat(*, shard):\n    shard.number == 2 and os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    monkeypatch.syspath_prepend(tmp_path)
    import hungry

    with pytest.raises(RunError, match="a worker was killed"):
        run(hungry.eat, tmp_path / "store")


def test_a_mistake_of_ours_keeps_its_trace(tmp_path, monkeypatch):
    (tmp_path / "faulty.py").write_text("def divide(*, shard):\n    return 1 / 0\n")
    monkeypatch.syspath_prepend(tmp_path)
    import faulty

    with pytest.raises(ZeroDivisionError):
        run(faulty.divide, tmp_path / "store")
    assert "ZeroDivisionError" in (tmp_path / "store" / "executor" / "logs" / "task_00000.log").read_text()


def test_two_at_once_in_one_folder_are_refused(rain, tmp_path):
    folder = tmp_path / "store" / "executor"
    folder.mkdir(parents=True)
    with locked(folder), pytest.raises(StorageError, match="another nlcl-bench is writing here"):
        run(collecting(rain, tmp_path / "store"), tmp_path / "store")


@pytest.mark.parametrize("library", ["datatrove", "ray"])
def test_an_executor_that_is_not_installed_is_told(library, rain, tmp_path, monkeypatch):
    for name in [name for name in sys.modules if name.split(".")[0] == library or ".distribute." in name]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, library, None)
    with pytest.raises(InputError, match=rf"{library} is not installed \(install nlcl-bench\[distributed\]\)"):
        run(collecting(rain, tmp_path / "store"), tmp_path / "store", executor="ray")


@pytest.mark.parametrize("address", ["127.0.0.1:1", "ray://127.0.0.1:1", "127.0.0.1:99999", "nobody.invalid:6379"])
def test_a_ray_cluster_that_does_not_answer_is_told(address, rain, tmp_path, monkeypatch):
    monkeypatch.setenv("RAY_ADDRESS", address)
    with pytest.raises(RunError, match="no Ray cluster answers"):
        run(collecting(rain, tmp_path / "store"), tmp_path / "store", executor="ray")


def test_ray_does_what_one_process_does(rain, whole, tmp_path, tree, capfd):
    """The slow one: Ray takes ten seconds to start on 127.0.0.1, so all that it must do is done here."""
    from collection_tools.distribute.on_ray import cluster

    store, curated = tmp_path / "store", tmp_path / "store-curated"
    busy = store / "shards" / "0002-of-0003"
    busy.mkdir(parents=True)
    with cluster(2):
        import ray

        assert [node["NodeManagerAddress"] for node in ray.nodes()] == ["127.0.0.1"]
        with locked(busy), pytest.raises(StorageError, match=r"0002-of-0003: another nlcl-bench is writing here"):
            run(collecting(rain, store), store, executor="ray")
        assert len(list((store / "shards").glob("*/done.json"))) == 2
        run(collecting(rain, store), store, executor="ray")
        merge(store)
        run(partial(curate_shard, store, curated, **CURATING), curated, executor="ray")
    curate(store, curated, **CURATING)
    assert seen(store) == seen(whole)
    assert decided(tree, curated) == decided(tree, tmp_path / "whole-curated")
    assert not (store / "executor").exists()
    assert capfd.readouterr() == ("", "")


@pytest.fixture
def partition():
    """The first partition of the Slurm that is here."""
    if shutil.which("sbatch") is None:
        pytest.skip("there is no Slurm: sbatch is not on PATH")
    answer = subprocess.run(
        ["sinfo", "--noheader", "--format=%R"], capture_output=True, text=True, check=False, timeout=60
    )
    if answer.returncode or not answer.stdout.strip():
        pytest.skip("no controller of Slurm answers sinfo")
    return answer.stdout.split()[0]


def ended(done, seconds=120):
    """Wait for the jobs; return what the last one said."""
    deadline = time.monotonic() + seconds
    while subprocess.run(
        ["squeue", "--noheader", "--jobs", f"{done.shards},{done.last}"], capture_output=True, check=False
    ).stdout.strip():
        assert time.monotonic() < deadline
        time.sleep(1)
    return "".join(path.read_text() for path in done.logs.iterdir())


def test_slurm_does_what_one_process_does(partition, rain, whole, tmp_path, tree, capfd):
    store, curated = tmp_path / "store", tmp_path / "store-curated"
    given = {"tasks": 2, "jobs": 1, "options": SlurmOptions(partition, "5:00", 1)}

    def send(**more):
        return submit(
            collecting(rain, store), partial(merge, store), folder=store / "executor", what="collect", **given | more
        )

    with pytest.raises(RunError, match="Slurm refused a job"):
        send(options=SlurmOptions("no-such-partition"))
    assert "invalid partition" in capfd.readouterr().err
    busy = store / "shards" / "0002-of-0002"
    busy.mkdir(parents=True)
    with locked(busy):
        first = send()
        with pytest.raises(InputError, match=f"Slurm is at work here: jobs {first.shards},{first.last}"):
            send()
        assert "1 of 2 shards are not done, the first is 2" in ended(first)
    assert "Traceback" not in ended(send())
    assert seen(store) == seen(whole)
    step, after = (partial(work, store, curated, **CURATING) for work in (curate_shard, curate))
    ended(submit(step, after, folder=curated / "executor", what="curate", **given))
    shutil.rmtree(curated / "executor")
    assert decided(tree, curated) == decided(tree, tmp_path / "whole-curated")


def test_slurm_is_refused_where_it_cannot_work(rain, tmp_path, monkeypatch):
    def send(folder):
        submit(
            collecting(rain, tmp_path),
            print,
            tasks=2,
            jobs=1,
            folder=folder,
            what="collect",
            options=SlurmOptions("main"),
        )

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


def test_the_last_job_brings_together_what_is_complete_and_nothing_else(tmp_path):
    marks, brought = [tmp_path / "completions" / name for name in ("00000", "00001")], []
    marks[0].parent.mkdir()
    marks[0].touch()
    after = partial(brought.append, 1)
    with pytest.raises(SystemExit, match=r"1 of 2 shards are not done, the first is 2 .* run the same command again"):
        finish(None, 0, 1, after=after, marks=marks)
    assert not brought
    marks[1].touch()
    finish(None, 0, 1, after=after, marks=marks)
    assert brought
    with pytest.raises(SystemExit, match="no shards to merge"):
        finish(None, 0, 1, after=partial(merge, tmp_path), marks=marks)


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
        chosen(**{"shard": None, "tasks": 2, "jobs": 1, "partition": None, "time": "1:00"} | words)


def test_what_was_chosen_does_all_parts_here_and_leaves_what_follows_to_the_caller(rain, whole, tmp_path):
    store, said = tmp_path / "store", []
    assert chosen(None, shard="1/4", tasks=2, jobs=3, partition=None, time="1:00") is None
    by = chosen("local", shard=None, tasks=2, jobs=1, partition=None, time="1:00")
    assert by.processes == 1
    assert all_parts(collecting(rain, store), said.clear, by, into=store, what="collect", say=said.append, track=silent)
    assert not said
    merge(store)
    assert seen(store) == seen(whole)
    assert by._replace(executor="slurm", jobs=3).processes == 3
