"""Equal manifests give equal bytes, in whatever process and after whatever end, and small changes change few."""

import hashlib
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pyarrow.parquet as pq
import pytest

from collection_tools.release.release import release
from nlcl_bench.core.errors import ManifestError
from nlcl_bench.data import layout, shards
from nlcl_bench.data.layout import plan
from nlcl_bench.data.record import Record, Rights
from nlcl_bench.data.shards import write_shard

RELEASE = """
import sys, pathlib
from collection_tools.release.release import release
from nlcl_bench.data import layout, shards
layout.SHARD_BYTES, shards.ROW_GROUP_BYTES = 150_000, 50_000
release(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), without_face_check=True, name="same")
"""


def start(made, into, hash_seed):
    environment = os.environ | {"PYTHONHASHSEED": str(hash_seed), "TZ": f"UTC{hash_seed - 2}"}
    return subprocess.Popen([sys.executable, "-c", RELEASE, made / "curated", into], env=environment)


def test_two_processes_write_the_same_bytes_and_so_does_one_that_was_killed_before(made, tmp_path, tree, monkeypatch):
    monkeypatch.setattr(layout, "SHARD_BYTES", 150_000)
    monkeypatch.setattr(shards, "ROW_GROUP_BYTES", 50_000)
    release(made / "curated", tmp_path / "one", without_face_check=True, name="same")
    assert start(made, tmp_path / "two", 2).wait() == 0
    whole = tree(tmp_path / "one")
    assert tree(tmp_path / "two") == whole
    assert len([name for name in whole if name.endswith(".parquet")]) > 5
    for moment in ("rainy", "paired"):  # as soon as something of this config is there
        process = start(made, tmp_path / "killed", 3)
        while process.poll() is None and not list((tmp_path / "killed").glob(f"{moment}/*")):
            time.sleep(0.001)
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert not (tmp_path / "killed" / "SHA256SUMS").exists() or process.returncode == 0
    assert start(made, tmp_path / "killed", 1).wait() == 0
    assert tree(tmp_path / "killed") == whole


def test_an_interrupted_second_release_leaves_no_checksums_that_seem_to_close_it(own, tmp_path):
    release(own / "curated", tmp_path / "rel", without_face_check=True)
    stored = max((own / "store" / "objects").rglob("*.jpg"))
    stored.write_bytes(b"\xff\xd8\xff rubbish")
    with pytest.raises(ManifestError, match="cannot be read"):
        release(own / "curated", tmp_path / "rel", without_face_check=True)
    assert not (tmp_path / "rel" / "SHA256SUMS").exists()


def test_progress_counts_images(made, tmp_path):
    told = []

    def track(items, *, what, total):
        told.append(total)
        for number, item in enumerate(items, 1):
            yield item
            told.append(number)

    done = release(made / "curated", tmp_path / "rel", without_face_check=True, track=track)
    rows = sum(len(part.rows) for part in done.parts)
    assert told == [rows, *range(1, rows + 1)]


@pytest.fixture
def many():
    """A maker of records, and the bytes that they stand for."""
    files = {}

    def make(first, count):
        records = []
        for seed in range(first, first + count):
            data = np.random.default_rng(seed).bytes(150_000)
            digest = hashlib.sha256(data).hexdigest()
            files[digest[:16]] = data
            records.append(
                Record(
                    image_id=digest[:16],
                    sha256=digest,
                    file_name=f"{digest[:16]}.jpg",
                    width=400,
                    height=300,
                    domain="rainy",
                    split="train",
                    scene_id=digest[:16],
                    rights=Rights(licence="CC0-1.0", author="tests"),
                )
            )
        return records

    return make, lambda record: files[record.image_id]


def test_a_new_image_changes_no_shard_but_its_own(many, monkeypatch):
    make, read = many
    monkeypatch.setattr(layout, "SHARD_BYTES", 2_000_000)
    records = make(0, 60)
    divided = [
        plan(sorted(some, key=lambda one: one.image_id), lambda one: len(read(one)))[0].shards
        for some in (records, records + make(1000, 1))
    ]
    assert [len(shards) for shards in divided] == [8, 8]
    assert sum(before != after for before, after in zip(*divided, strict=True)) == 1


@pytest.mark.parametrize("count", [1, 2, 3, 7, 40])
def test_shards_hold_every_row_once_in_order_and_none_is_empty(many, monkeypatch, count):
    make, read = many
    monkeypatch.setattr(layout, "SHARD_BYTES", 150_000)
    records = sorted(make(0, count), key=lambda one: one.image_id)
    (part,) = plan(records, lambda one: len(read(one)))
    assert [row.record for row in part.rows] == records
    assert all(part.shards)


def uploaded(folder, cas):
    """Let the Hub's own client store a folder, chunk by chunk; return by how many bytes its store grew."""
    import hf_xet

    before = sum(path.stat().st_size for path in cas.rglob("*") if path.is_file())
    with hf_xet.XetSession().new_upload_commit(endpoint=f"local://{cas}") as commit:
        for path in sorted(folder.rglob("*.parquet")):
            commit.start_upload_file(str(path))
    return sum(path.stat().st_size for path in cas.rglob("*") if path.is_file()) - before


def test_the_hubs_client_uploads_next_to_nothing_of_new_words_and_little_more_than_new_images(
    many, tmp_path, monkeypatch
):
    make, read = many
    monkeypatch.setattr(layout, "SHARD_BYTES", 3_000_000)
    (tmp_path / "cas").mkdir()

    def written(records, name):
        ordered = sorted(records, key=lambda one: one.image_id)
        for part in plan(ordered, lambda one: len(read(one))):
            for file_name, rows in zip(part.file_names, part.shards, strict=True):
                write_shard(rows, part.config, read, tmp_path / name / file_name)
        return uploaded(tmp_path / name, tmp_path / "cas")

    records = make(0, 60)
    whole = written(records, "first")
    assert whole > 60 * 150_000
    reworded = [record.model_copy(update={"reviewed": True, "rain_kinds": ("streak",)}) for record in records]
    assert written(reworded, "reworded") < 0.03 * whole  # its index of a file is 0.7 %, whatever is in it
    assert written(records + make(1000, 3), "more") < 3 * 150_000 + 0.08 * whole


FULL = """
import pathlib, resource, sys
from collection_tools.release.release import release
from nlcl_bench.core.errors import StorageError
resource.setrlimit(resource.RLIMIT_FSIZE, (60_000, 60_000))
try:
    release(pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), without_face_check=True)
except StorageError as error:
    print(error)
"""


def test_a_disk_that_is_full_is_one_line_and_no_crash_of_the_process(made, tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", FULL, made / "curated", tmp_path / "rel"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert "cannot be written: File too large (make room" in done.stdout
    assert not (tmp_path / "rel" / "SHA256SUMS").exists()


def test_a_new_image_leaves_most_row_groups_as_they_were(many, monkeypatch, tmp_path):
    make, read = many
    monkeypatch.setattr(shards, "ROW_GROUP_BYTES", 1_200_000)
    records = make(0, 80)
    groups = []
    for some in (records, records + make(1000, 1)):
        (part,) = plan(sorted(some, key=lambda one: one.image_id), lambda one: len(read(one)))
        write_shard(part.rows, "rainy", read, tmp_path / "shard.parquet")
        file = pq.ParquetFile(tmp_path / "shard.parquet")
        names = [file.read_row_group(number, ["image_id"]).column(0) for number in range(file.num_row_groups)]
        groups.append({tuple(one.to_pylist()) for one in names})
    before, after = groups
    assert len(before) >= 8
    assert len(before - after) <= len(before) // 3
    assert max(map(len, before)) <= 8
