"""Whatever executor does the shards, the result is that of one process; what fails is told, and can be gone on with."""

import shutil
from functools import partial

import pytest
from slurmqueue import partition, wait_for

from collection_tools.collect.collect import collect, collect_shard
from collection_tools.collect.sharded import merge
from collection_tools.collect.sources import Stated
from collection_tools.collect.store import open_store, read_rejected
from collection_tools.curate.curate import curate, curate_shard
from collection_tools.curate.recipe import read_recipe
from nlcl_bench.core.distribute.chosen import all_parts, chosen
from nlcl_bench.core.distribute.run import distribute
from nlcl_bench.core.distribute.slurm import SlurmOptions, submit
from nlcl_bench.core.errors import InputError, RunError, StorageError
from nlcl_bench.core.files import locked
from nlcl_bench.core.progress import silent
from nlcl_bench.data import manifest

__all__ = ["partition"]

GIVEN = {"domain": "rainy", "given": Stated(licence="CC-BY-4.0", author="Ada")}
CURATING = {"recipe": read_recipe(), "faces": False}
BUSY = r"0002-of-0003: 1 of 3 shards failed, the first is 2: another nlcl-bench is writing here"


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
    with locked(busy), pytest.raises(StorageError, match=BUSY):
        run(collecting(rain, store), store, jobs=1)
    done = [path.parent.name for path in sorted((store / "shards").glob("*/done.json"))]
    assert done == ["0001-of-0003", "0003-of-0003"]
    assert (store / "executor" / "logs" / "task_00001.log").exists()
    assert capfd.readouterr() == ("", "")
    run(collecting(rain, store), store, jobs=1)
    merge(store)
    assert seen(store) == seen(whole)
    assert not (store / "executor").exists()


def test_ray_does_what_one_process_does(rain, whole, tmp_path, tree, capfd):
    """The slow one: Ray takes ten seconds to start on 127.0.0.1, so all that it must do is done here."""
    from nlcl_bench.core.distribute.on_ray import cluster

    store, curated = tmp_path / "store", tmp_path / "store-curated"
    busy = store / "shards" / "0002-of-0003"
    busy.mkdir(parents=True)
    with cluster(2):
        import ray

        assert [node["NodeManagerAddress"] for node in ray.nodes()] == ["127.0.0.1"]
        with locked(busy), pytest.raises(StorageError, match=BUSY):
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


def ended(done):
    """Wait for the jobs; return what the last one said."""
    wait_for([done.shards, done.last])
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


def test_what_was_chosen_does_all_parts_here_and_leaves_what_follows_to_the_caller(rain, whole, tmp_path):
    store, said = tmp_path / "store", []
    assert chosen(None, shard="1/4", tasks=2, jobs=3, partition=None, time="1:00") is None
    by = chosen("local", shard=None, tasks=2, jobs=1, partition=None, time="1:00")
    assert by.processes == 1
    told = {"folder": store / "executor", "what": "collect", "say": said.append, "track": silent}
    assert all_parts(collecting(rain, store), said.clear, by, **told)
    assert not said
    merge(store)
    assert seen(store) == seen(whole)
    assert by._replace(executor="slurm", jobs=3).processes == 3
