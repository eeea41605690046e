"""A photograph that is taken back stays away, whatever is run afterwards."""

import io

import pytest
from PIL import Image

from collection_tools.collect.store import object_path, open_store, read_withdrawn
from collection_tools.curate.curate import curate
from collection_tools.curate.curated import read_records
from collection_tools.curate.recipe import read_recipe
from collection_tools.withdraw import withdraw
from nlcl_bench.core.errors import InputError


@pytest.fixture
def store(album, gather, tmp_path):
    gather(album(3))
    return tmp_path / "store"


def curated(tmp_path) -> set[str]:
    curate(tmp_path / "store", tmp_path / "curated", recipe=read_recipe(), faces=False)
    return {record.image_id for record in read_records(tmp_path / "curated")}


def test_its_bytes_are_gone_and_the_next_curation_is_without_it(store, tmp_path):
    before = curated(tmp_path)
    row = next(iter(open_store(store).values()))
    (tombstone,) = withdraw(store, [row.sha256[:16]], "the person asked")
    assert (tombstone.sha256, tombstone.reason) == (row.sha256, "the person asked")
    assert not object_path(store, row.sha256, row.format).exists()
    assert curated(tmp_path) == before - {row.sha256[:16]}


def test_collect_does_not_take_it_in_again_nor_a_copy_with_other_metadata(store, tmp_path, gather):
    row = next(iter(open_store(store).values()))
    original = (tmp_path / row.file).read_bytes()
    withdraw(store, [row.sha256], "no consent")
    (tmp_path / "again").mkdir()
    (tmp_path / "again" / "same.jpg").write_bytes(original)
    (tmp_path / "again" / "copy.jpg").write_bytes(original[:-2] + b"\xff\xfe\x00\x09another\xff\xd9")
    done = gather(tmp_path / "again")
    assert (done.added, done.usable, done.reasons) == (0, 0, {"was withdrawn": 2})
    assert not object_path(store, row.sha256, row.format).exists()


def test_other_pictures_still_come_in(store, tmp_path, gather, photograph):
    withdraw(store, [next(iter(open_store(store)))], "no consent")
    (tmp_path / "new").mkdir()
    stream = io.BytesIO()
    photograph(77).save(stream, "PNG")
    Image.open(stream).save(tmp_path / "new" / "other.png")
    assert gather(tmp_path / "new").added == 1


def test_withdrawing_twice_keeps_the_first_reason_and_one_tombstone(store):
    name = next(iter(open_store(store)))
    withdraw(store, [name], "first")
    withdraw(store, [name[:12]], "second")
    assert [one.reason for one in read_withdrawn(store).values()] == ["first"]


@pytest.mark.parametrize(
    ("name", "reason", "says"),
    [
        ("0123456789abcdef", "x", "0123456789abcdef: is no photograph of the store"),
        ("", "x", "is no photograph"),
        ("ab", "x", "ab: is no photograph"),
        ("0123456789abcdef", " ", "--reason: is empty"),
    ],
)
def test_a_name_that_means_nothing_withdraws_nothing(store, name, reason, says):
    with pytest.raises(InputError, match=says):
        withdraw(store, [name], reason)
    assert read_withdrawn(store) == {}
