import contextlib
import shutil

import pyarrow.parquet as pq
import pytest

from collection_tools.collect.store import object_path, open_store
from collection_tools.curate.curate import curate
from collection_tools.curate.curated import read_curation, read_records
from collection_tools.curate.recipe import read_recipe
from nlcl_bench.core.digest import sha256_bytes
from nlcl_bench.core.errors import InputError, ManifestError
from nlcl_bench.data import manifest
from nlcl_bench.data.examples import rain_on


@pytest.fixture
def run(tmp_path):
    def again(into="curated", store="store"):
        return curate(
            tmp_path / store, tmp_path / into, recipe=read_recipe(), faces=False
        )  # faces have tests of their own

    return again


def reasons(folder):
    return {row["file"]: row["reason"] for row in pq.read_table(folder / "rejected.parquet").to_pylist()}


def test_every_photograph_is_kept_or_rejected_with_a_reason(
    album, gather, run, tmp_path, photograph, encoded, camera_jpeg
):
    folder = album(3)
    (folder / "tiny.png").write_bytes(encoded(photograph(20, size=(1, 1)), "PNG"))
    (folder / "small.jpg").write_bytes(encoded(photograph(21, size=(300, 255))))
    (folder / "stripe.jpg").write_bytes(encoded(photograph(22, size=(1000, 260))))
    (folder / "photo.tif").write_bytes(encoded(photograph(23), "TIFF"))
    (folder / "photo.webp").write_bytes(encoded(photograph(24), "WEBP"))
    (folder / "copy.jpg").write_bytes(camera_jpeg(0)[:-2] + b"\xff\xfe\x00\x09another\xff\xd9")
    gather(folder)
    done = run()
    found = reasons(tmp_path / "curated")
    assert found.pop("album/tiny.png") == found.pop("album/small.jpg") == "shorter side under 256 pixels"
    assert found.pop("album/stripe.jpg") == "longer side over 3 times the shorter"
    ((copy, reason),) = found.items()
    kept = {record.image_id for record in read_records(tmp_path / "curated")}
    assert copy in {"album/000.jpg", "album/copy.jpg"}
    assert reason.removeprefix("duplicate of ") in kept
    assert (done.kept, done.scenes, sum(done.rejected.values())) == (5, 5, 4)
    assert done == read_curation(tmp_path / "curated")
    assert (tmp_path / "curated" / done.store).resolve() == tmp_path / "store"


def test_records_carry_what_was_collected_and_the_digest_of_the_cleaned_bytes(album, gather, run, tmp_path):
    gather(album(2))
    run()
    records = read_records(tmp_path / "curated")
    rows = {row.sha256[:16]: row for row in open_store(tmp_path / "store").values()}
    assert [record.image_id for record in records] == sorted(rows)
    for record in records:
        row = rows[record.image_id]
        assert record.sha256 != row.sha256
        assert (record.capture, record.rights, record.width) == (row.capture, row.rights, row.width)


def test_curating_again_changes_no_byte(album, gather, run, tmp_path, tree):
    gather(album(5))
    run()
    before = tree(tmp_path / "curated")
    run()
    assert tree(tmp_path / "curated") == before


def test_the_order_of_collecting_does_not_matter(album, gather, run, tmp_path, tree):
    first, second = album(3, "one"), album(3, "two", first=3)
    gather(first, second)
    gather(second, first, into=tmp_path / "other")
    run()
    run("curated2", "other")
    left, right = tree(tmp_path / "curated"), tree(tmp_path / "curated2")
    left.pop("curation.json")
    right.pop("curation.json")
    assert left == right


def test_new_photographs_never_move_an_old_one_and_join_its_scene(album, gather, run, tmp_path, photograph, encoded):
    gather(album(12))
    run()
    before = {record.image_id: record for record in read_records(tmp_path / "curated")}
    more = tmp_path / "more"
    more.mkdir()
    for seed in range(8):
        (more / f"{seed}.jpg").write_bytes(encoded(photograph(seed, noise=9).crop((0, 0, 310, 272))))
    gather(more)
    run()
    after = {record.image_id: record for record in read_records(tmp_path / "curated")}
    assert before.items() <= after.items()
    assert len(after) == 20
    added = [record for name, record in after.items() if name not in before]
    assert all(record.scene_id in before and record.split == before[record.scene_id].split for record in added)


def test_a_photograph_between_two_splits_is_rejected_with_the_reason(gather, run, tmp_path, photograph, encoded):
    folder = tmp_path / "bridge"
    folder.mkdir()
    seeds = iter(range(100, 200))
    gather_one = lambda seed: (folder / f"{seed}.png").write_bytes(encoded(photograph(seed), "PNG"))  # noqa: E731
    splits = {}
    while {"train", "test"} - splits.keys():
        seed = next(seeds)
        gather_one(seed)
        gather(folder)
        run()
        row = next(row for row in open_store(tmp_path / "store").values() if row.file == f"bridge/{seed}.png")
        home = {record.image_id: record for record in read_records(tmp_path / "curated")}[row.sha256[:16]]
        splits[home.split] = seed
    rain, dry = tmp_path / "rain", tmp_path / "dry"
    rain.mkdir()
    dry.mkdir()
    (rain / "x.png").write_bytes(encoded(photograph(splits["train"], noise=8), "PNG"))
    (dry / "x.png").write_bytes(encoded(photograph(splits["test"], noise=8), "PNG"))
    gather(rain, clean=dry)
    run()
    found = reasons(tmp_path / "curated")
    assert set(found) == {"rain/x.png", "dry/x.png"}
    assert all(reason.startswith("would tie together scenes of different splits") for reason in found.values())


def test_a_pair_is_one_scene_and_linked_even_through_a_copy(gather, run, tmp_path, photograph, encoded):
    rain, dry = tmp_path / "rain", tmp_path / "dry"
    for folder in (rain, dry, tmp_path / "elsewhere"):
        folder.mkdir()
    (rain / "a.jpg").write_bytes(encoded(photograph(1)))
    (dry / "a.png").write_bytes(encoded(photograph(2), "PNG"))
    (tmp_path / "elsewhere" / "copy.png").write_bytes(encoded(photograph(2), "PNG", compress_level=1))
    gather(rain, clean=dry)
    gather(tmp_path / "elsewhere", domain="clean")
    run()
    clean, rainy = sorted(read_records(tmp_path / "curated"), key=lambda record: record.domain)
    assert rainy.clean_id == clean.image_id
    assert rainy.scene_id == clean.scene_id == min(rainy.image_id, clean.image_id)
    assert rainy.split == clean.split


def test_damaged_and_missing_bytes_in_the_store_are_reasons_not_crashes(album, gather, run, tmp_path):
    gather(album(4))
    one, two, *_ = open_store(tmp_path / "store").values()
    object_path(tmp_path / "store", one.sha256, one.format).unlink()
    object_path(tmp_path / "store", two.sha256, two.format).write_bytes(b"changed")
    assert run().kept == 2
    assert reasons(tmp_path / "curated") == {
        one.file: "its bytes are missing from the store",
        two.file: "its bytes in the store are damaged",
    }


def test_a_crash_at_any_write_loses_no_decision(album, gather, run, tmp_path, tree, monkeypatch):
    first = album(4)
    gather(first)
    run()
    shutil.copytree(tmp_path / "curated", tmp_path / "calm")
    gather(album(6, "more", first=4))
    run("calm")
    calm = tree(tmp_path / "calm")
    real = manifest.write_part
    for survived in range(4):
        shutil.rmtree(tmp_path / "crashed", ignore_errors=True)
        shutil.copytree(tmp_path / "curated", tmp_path / "crashed")
        written = []

        def crashing(rows, model, path, *, limit=survived, done=written):
            if len(done) == limit:
                raise KeyboardInterrupt
            done.append(path)
            real(rows, model, path)

        monkeypatch.setattr(manifest, "write_part", crashing)
        with contextlib.suppress(KeyboardInterrupt):
            run("crashed")
        monkeypatch.setattr(manifest, "write_part", real)
        run("crashed")
        assert tree(tmp_path / "crashed") == calm


def test_a_store_is_not_curated_into_itself_and_a_folder_is_no_store(album, gather, run, tmp_path):
    gather(album(1))
    with pytest.raises(InputError, match="is a store"):
        run("store")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ManifestError, match="is no store"):
        run(store="empty")
    with pytest.raises(ManifestError, match=r"no curation\.json"):
        read_curation(tmp_path / "store")


def test_published_digests_are_those_of_the_cleaned_files(album, gather, run, tmp_path):
    from collection_tools.metadata.strip import strip_metadata

    gather(album(1))
    run()
    (row,) = open_store(tmp_path / "store").values()
    data = object_path(tmp_path / "store", row.sha256, row.format).read_bytes()
    (record,) = read_records(tmp_path / "curated")
    assert record.sha256 == sha256_bytes(strip_metadata(data, where="test"))


@pytest.mark.realdata
def test_of_four_orientations_of_one_landscape_one_is_kept(real_photographs, gather, run, tmp_path):
    gather(real_photographs / "exif")
    run()
    rows = {row.file: row.sha256[:16] for row in open_store(tmp_path / "store").values() if "landscape" in row.file}
    kept = {record.image_id for record in read_records(tmp_path / "curated")} & set(rows.values())
    assert len(rows) == 4
    assert len(kept) == 1
    others = {reason for file, reason in reasons(tmp_path / "curated").items() if file in rows}
    assert others == {f"near-duplicate of {next(iter(kept))}"}


def test_kinds_of_rain_are_named_on_rainy_photographs_only(gather, run, tmp_path):
    photographs = tmp_path / "photographs"
    rain_on(photographs)
    gather(photographs / "rainy", domain="rainy")
    gather(photographs / "clean", domain="clean")
    run()
    records = read_records(tmp_path / "curated")
    assert {kind for record in records if record.domain == "rainy" for kind in record.rain_kinds} >= {"streak", "veil"}
    assert not any(record.rain_kinds for record in records if record.domain == "clean")
