"""However the work is divided, the result is that of one process."""

import shutil
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from collection_tools.collect.collect import collect, collect_shard
from collection_tools.collect.sharded import merge
from collection_tools.collect.sources import Stated
from collection_tools.collect.store import open_store, read_rejected
from collection_tools.curate.curate import curate, curate_shard
from collection_tools.curate.recipe import read_recipe
from nlcl_bench.core.errors import InputError, ManifestError
from nlcl_bench.core.shards import Shard, shard
from nlcl_bench.data import manifest

GIVEN = Stated(licence="CC-BY-4.0", author="Ada")


@pytest.fixture
def sources(album, tmp_path, camera_jpeg, encoded, photograph):
    """Photographs with copies, twins, damaged files, an archive, and rights that are stated late."""
    rain, dry = album(9, "rain"), tmp_path / "dry"
    dry.mkdir()
    for seed in range(5):
        (dry / f"{seed:03d}.png").write_bytes(encoded(photograph(seed + 50), "PNG"))
    (dry / "005.png").write_bytes(encoded(photograph(55, size=(64, 64)), "PNG"))
    (rain / "again.jpg").write_bytes(camera_jpeg(3))
    (rain / "broken.jpg").write_bytes(camera_jpeg(4)[:900])
    (rain / "notes.txt").write_text("no photograph")
    with zipfile.ZipFile(rain / "more.zip", "w") as archive:
        for seed in (2, 30, 31):
            archive.writestr(f"{seed}.jpg", camera_jpeg(seed))
    late = tmp_path / "late"
    late.mkdir()
    shutil.copy(rain / "001.jpg", late)
    (late / "sources.toml").write_text('licence = "CC0-1.0"\nauthor = "Bo"\n')
    return {"sources": [rain, late], "clean": dry, "domain": "rainy", "given": Stated()}


def seen(store):
    rows = open_store(store)
    return manifest.digest(rows.rows()), sorted(read_rejected(store).items()), list(rows)


def in_shards(of, into, order=None, **given):
    for number in order or range(1, of + 1):
        collect_shard(
            given["sources"], into, shard=Shard(number, of), **{k: v for k, v in given.items() if k != "sources"}
        )
    return merge(into)


def test_any_number_of_shards_and_jobs_collects_what_one_process_does(sources, tmp_path):
    done = collect(sources["sources"], tmp_path / "one", **{k: v for k, v in sources.items() if k != "sources"})
    whole = seen(tmp_path / "one")
    assert done.added == 11 + 5
    assert done.unlicensed
    for of, order in ((1, None), (3, (2, 3, 1)), (4, None)):
        assert in_shards(of, tmp_path / f"of{of}", order, **sources) == done
        assert seen(tmp_path / f"of{of}") == whole
        assert not (tmp_path / f"of{of}" / "shards").exists()
    collect(sources["sources"], tmp_path / "jobs", **{k: v for k, v in sources.items() if k != "sources"}, jobs=2)
    assert seen(tmp_path / "jobs") == whole


def test_shards_of_what_is_in_the_store_already_add_nothing(sources, tmp_path):
    in_shards(2, tmp_path / "store", **sources)
    before = seen(tmp_path / "store")
    again = in_shards(3, tmp_path / "store", **sources)
    assert again.added == 0
    assert seen(tmp_path / "store") == before


def test_a_shard_that_was_stopped_goes_on_where_it_was(sources, tmp_path, monkeypatch):
    from collection_tools.collect import sharded

    whole = tmp_path / "whole"
    in_shards(2, whole, **sources)
    monkeypatch.setattr(sharded, "_ROWS_PER_PART", 3)
    writes, real = [], manifest.write_part

    def stops(rows, model, path):
        if len(writes) == 1:
            raise KeyboardInterrupt
        writes.append(path)
        real(rows, model, path)

    monkeypatch.setattr(manifest, "write_part", stops)
    given = {key: value for key, value in sources.items() if key != "sources"}
    with pytest.raises(KeyboardInterrupt):
        collect_shard(sources["sources"], tmp_path / "store", shard=Shard(1, 2), **given)
    with pytest.raises(InputError, match="shard 1/2 is not done"):
        merge(tmp_path / "store")
    monkeypatch.setattr(manifest, "write_part", real)
    in_shards(2, tmp_path / "store", **sources)
    assert seen(tmp_path / "store") == seen(whole)


def test_shards_that_do_not_go_together_are_refused(album, tmp_path):
    rain, store = album(3), tmp_path / "store"
    run = {"domain": "rainy", "given": GIVEN}
    store.mkdir()
    with pytest.raises(InputError, match="no shards to merge"):
        merge(store)
    collect_shard([rain], store, shard=Shard(1, 2), **run)
    with pytest.raises(InputError, match="divided otherwise"):
        collect_shard([rain], store, shard=Shard(2, 3), **run)
    with pytest.raises(InputError, match="shard 2/2 is not done"):
        merge(store)
    (rain / "new.jpg").write_bytes((rain / "000.jpg").read_bytes())
    with pytest.raises(InputError, match="files have changed"):
        collect_shard([rain], store, shard=Shard(1, 2), **run)
    collect_shard([rain], store, shard=Shard(2, 2), **run)
    with pytest.raises(InputError, match="saw different files"):
        merge(store)
    (store / "shards" / "0002-of-0002" / "done.json").write_text("{")
    with pytest.raises(ManifestError, match="cannot be read"):
        merge(store)


def test_any_number_of_shards_and_jobs_curates_what_one_process_does(album, gather, tmp_path, tree):
    gather(album(7))
    store, recipe = tmp_path / "store", read_recipe()
    run = {"recipe": recipe, "faces": False}

    def decided(folder):
        return {name: data for name, data in tree(folder).items() if not name.startswith("findings")}

    whole = curate(store, tmp_path / "one", **run)
    for of in (1, 3, 4):
        held = [
            curate_shard(store, tmp_path / f"of{of}", shard=Shard(number, of), **run) for number in range(1, of + 1)
        ]
        assert sum(held) == 7
        findings = tree(tmp_path / f"of{of}")
        assert curate(store, tmp_path / f"of{of}", **run) == whole
        assert findings.items() <= tree(tmp_path / f"of{of}").items()
        assert decided(tmp_path / f"of{of}") == decided(tmp_path / "one")
    assert curate(store, tmp_path / "jobs", **run, jobs=2) == whole
    assert tree(tmp_path / "jobs") == tree(tmp_path / "one")


@given(st.integers(0, 500), st.integers(1, 40))
def test_every_piece_belongs_to_exactly_one_shard(total, of):
    shards = [Shard(number, of) for number in range(1, of + 1)]
    assert all(sum(one.holds(piece) for one in shards) == 1 for piece in range(total))
    assert [one.share(total) for one in shards] == [sum(map(one.holds, range(total))) for one in shards]


@pytest.mark.parametrize("text", ["", "2", "0/3", "4/3", "1/0", "1/2/3", "-1/2", "1/99999", "a/b", "\u0661/\u0662"])
def test_what_is_no_shard_is_refused(text):
    with pytest.raises(InputError, match="is no shard"):
        shard(text)
