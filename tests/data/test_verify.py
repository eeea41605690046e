"""A copy of a release is verified: files, records, images; what is wrong is named, file by file."""

from __future__ import annotations

import os
import shutil

import pyarrow.parquet as pq
import pytest

from nlcl_bench.core.digest import sha256_file
from nlcl_bench.core.errors import InputError
from nlcl_bench.data.checksums import CHECKSUMS, write_checksums
from nlcl_bench.data.verify import verify, verify_source

SHARD = "rainy/test-00000-of-00001.parquet"


@pytest.fixture(scope="module")
def _made(tmp_path_factory, write_release):
    return write_release(tmp_path_factory.mktemp("made") / "release", side=32)


@pytest.fixture
def copy(tmp_path, _made):
    """Return a release with checksums that a test may spoil."""
    folder = shutil.copytree(_made, tmp_path / "copy")
    seal(folder)
    return folder


def seal(folder):
    files = [path for path in folder.rglob("*") if path.is_file() and path.name != CHECKSUMS]
    write_checksums(folder, {path.relative_to(folder).as_posix(): sha256_file(path) for path in files})


def wrong(folder, **options):
    return [str(finding) for finding in verify(folder, **options).wrong]


def rewrite(folder, column, change):
    table = pq.read_table(folder / SHARD)
    place = table.schema.get_field_index(column)
    values = change(table[column].to_pylist())
    pq.write_table(table.set_column(place, table.schema.field(place), [values]), folder / SHARD)


def test_what_was_released_is_as_it_was_released(copy):
    found = verify(copy)
    assert (found.wrong, found.files, found.images, found.card_changed) == ((), 5, 9, False)


def test_changed_missing_and_foreign_files_are_named_one_by_one(copy):
    with (copy / SHARD).open("r+b") as file:
        file.seek(100)
        file.write(b"!")
    (copy / "clean" / "test-00000-of-00001.parquet").unlink()
    (copy / "notes.txt").write_text("mine")
    said = wrong(copy)
    assert f"{SHARD}: was changed: its checksum differs" in said
    assert "clean/test-00000-of-00001.parquet: is missing" in said
    assert "clean/test: is missing" in said
    assert "notes.txt: is no part of the release" in said


def test_every_changed_image_is_found_even_if_the_checksums_were_made_anew(copy):
    rewrite(copy, "image", lambda images: [images[0], *({**one, "bytes": one["bytes"][:-1]} for one in images[1:])])
    seal(copy)
    said = wrong(copy)
    assert len(said) == 2
    assert all("are not those of its record" in one for one in said)


def test_changed_records_are_found_even_if_the_checksums_were_made_anew(copy):
    rewrite(copy, "reviewed", lambda values: [True] * len(values))
    seal(copy)
    (said,) = wrong(copy)
    assert said.startswith("rainy/test: records have digest")


def test_an_edited_card_is_told_but_is_no_fault(copy):
    with (copy / "README.md").open("a") as file:
        file.write("\nOur group's copy.\n")
    found = verify(copy)
    assert (found.wrong, found.card_changed) == ((), True)


def test_a_copy_of_one_split_is_sound_if_it_may_be_partial(copy):
    shutil.rmtree(copy / "paired")
    assert "paired/test: is missing" in wrong(copy)
    found = verify(copy, partial=True)
    assert (found.wrong, found.absent) == ((), ("paired/test-00000-of-00001.parquet",))


@pytest.mark.parametrize("name", ["../secret", "/etc/passwd", "rainy/../../secret", "a\\b", "./README.md"])
def test_checksums_that_name_files_outside_are_refused(copy, name):
    with (copy / CHECKSUMS).open("a") as file:
        file.write(f"{'0' * 64}  {name}\n")
    assert "SHA256SUMS: line 6 names a file outside of the folder" in wrong(copy)


@pytest.mark.parametrize("line", ["nonsense", f"{'0' * 64} README.md", f"{'0' * 64}  README.md"])
def test_a_line_that_is_no_checksum_or_a_second_one_is_told(copy, line):
    with (copy / CHECKSUMS).open("a") as file:
        file.write(f"{line}\n")
    assert "SHA256SUMS: line 6 is no checksum, or its file comes twice" in wrong(copy)


def test_links_that_lead_out_are_not_followed(copy, tmp_path):
    shutil.move(copy / SHARD, tmp_path / "elsewhere.parquet")
    (copy / SHARD).symlink_to(tmp_path / "elsewhere.parquet")
    (copy / "loop").symlink_to("loop")
    said = wrong(copy)
    assert f"{SHARD}: is a link that leads out of the folder" in said
    assert "loop: is a link that leads nowhere" in said
    assert verify(copy).images == 6


def test_a_snapshot_of_the_hubs_cache_is_links_into_its_store(copy, tmp_path):
    cache = tmp_path / "datasets--ada--rain"
    for path in sorted(path for path in copy.rglob("*") if path.is_file()):
        blob, link = cache / "blobs" / sha256_file(path), cache / "snapshots" / "abc" / path.relative_to(copy)
        for folder in (blob.parent, link.parent):
            folder.mkdir(parents=True, exist_ok=True)
        shutil.copy(path, blob)
        link.symlink_to(os.path.relpath(blob, link.parent))
    assert wrong(cache / "snapshots" / "abc") == []


def test_a_shard_that_is_no_parquet_is_told(copy):
    (copy / SHARD).write_bytes(b"PAR1 no more")
    seal(copy)
    said = wrong(copy)
    assert f"{SHARD}: is no Parquet file, or damaged" in said
    assert any(one.startswith("rainy/test: cannot be read as Parquet") for one in said)


def test_a_split_that_nobody_pinned_is_told(copy):
    shutil.copy(copy / SHARD, copy / "rainy" / "train-00000-of-00001.parquet")
    seal(copy)
    assert wrong(copy) == ["rainy/train: has no digest in benchmark.toml"]


def test_a_folder_that_is_no_release_is_said_to_be_none(tmp_path):
    with pytest.raises(InputError, match="holds no release: neither SHA256SUMS nor"):
        verify_source(tmp_path)
    with pytest.raises(InputError, match="no such folder"):
        verify_source(tmp_path / "gone")
