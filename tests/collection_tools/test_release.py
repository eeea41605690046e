import hashlib
import io
import shutil
import tomllib

import pyarrow.parquet as pq
import pyexiv2
import pytest
from PIL import Image

from collection_tools.collect.collect import collect
from collection_tools.collect.sources import Stated
from collection_tools.collect.store import object_path, open_store
from collection_tools.curate.curate import curate
from collection_tools.curate.curated import read_records
from collection_tools.curate.recipe import read_recipe
from collection_tools.release.release import release
from nlcl_bench.core.errors import InputError, ManifestError
from nlcl_bench.core.images import decode, pixel_digest
from nlcl_bench.data import layout
from nlcl_bench.data import shards as writing_shards
from nlcl_bench.data.benchmark import read_benchmark
from nlcl_bench.data.layout import Row, plan, refuse_leaks
from nlcl_bench.data.loading import load_hub_style, load_records, load_samples


@pytest.fixture(scope="module")
def album_curated(tmp_path_factory, camera_jpeg, photograph, encoded):
    """Rainy camera files, two of them with rain-free twins, and clean files, collected and curated."""
    here = tmp_path_factory.mktemp("album")
    rain, dry, other = (here / name for name in ("rain", "dry", "other"))
    for folder in (rain, dry, other):
        folder.mkdir()
    for seed in range(6):
        (rain / f"{seed}.jpg").write_bytes(camera_jpeg(seed, orientation=6 if seed == 3 else 1))
        (other / f"{seed}.png").write_bytes(encoded(photograph(100 + seed), "PNG"))
    for seed in range(2):
        (dry / f"{seed}.png").write_bytes(encoded(photograph(200 + seed), "PNG"))
    given = Stated(licence="CC-BY-4.0", author="Ada")
    collect([rain], here / "store", domain="rainy", given=given, clean=dry)
    collect([other], here / "store", domain="clean", given=given)
    curate(here / "store", here / "curated", recipe=read_recipe())
    return here


@pytest.fixture
def curated(album_curated, tmp_path):
    """A copy of them in the test's own folder."""
    shutil.copytree(album_curated, tmp_path, dirs_exist_ok=True)
    return tmp_path / "curated"


def originals(tmp_path):
    return {
        row.sha256[:16]: object_path(tmp_path / "store", row.sha256, row.format).read_bytes()
        for row in open_store(tmp_path / "store").values()
    }


def test_a_release_loads_with_datasets_whole_by_config_and_streaming(curated, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_DATASETS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    import datasets

    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    released = release(curated, tmp_path / "rel")
    bytes_of = originals(tmp_path)
    whole = datasets.load_dataset(str(tmp_path / "rel"))
    rainy = [row for split in whole.values() for row in split]
    assert len(rainy) == 6
    for row in rainy:
        assert (row["image"].width, row["image"].height) == (row["width"], row["height"])
        original = decode(bytes_of[row["image_id"]], where="original")
        assert pixel_digest(row["image"].convert("RGB")) == pixel_digest(original)
        assert row["capture"]["camera_model"] == "Acme R1"
    part = next(part for part in released.parts if part.config == "clean")
    clean = datasets.load_dataset(str(tmp_path / "rel"), "clean", split=part.split)
    assert len(clean) == len(part.rows)
    pair = next(part for part in released.parts if part.config == "paired")
    first = next(iter(datasets.load_dataset(str(tmp_path / "rel"), "paired", split=pair.split, streaming=True)))
    assert {"image", "clean", "clean_id"} <= first.keys()
    assert pixel_digest(first["clean"]) == pixel_digest(decode(bytes_of[first["clean_id"]], where="clean"))
    assert len(load_hub_style(tmp_path / "rel", part.config, part.split)) == len(part.rows)


def test_released_bytes_hold_no_place_no_serial_no_owner(curated, tmp_path, private_words):
    released = release(curated, tmp_path / "rel")
    seen = 0
    for part in released.parts:
        for sample in load_samples(tmp_path / "rel", part.config, part.split):
            with pyexiv2.ImageData(sample.image) as image:
                left = image.read_exif() | image.read_iptc() | image.read_xmp()
                assert set(left) <= {"Exif.Image.Orientation"}
            seen += sample.record.domain == "rainy"
    assert seen >= 6
    for path in (tmp_path / "rel").rglob("*"):
        if path.is_file():
            assert not any(word in path.read_bytes() for word in private_words)


def test_the_benchmark_pins_every_split_and_the_loader_agrees(curated, tmp_path):
    released = release(curated, tmp_path / "Street Rain!", title='A "title" \\ with\nlines')
    benchmark = read_benchmark(tmp_path / "Street Rain!")
    assert benchmark.name == "street-rain"
    assert benchmark.title == 'A "title" \\ with lines'
    for part in released.parts:
        wanted = benchmark.model_copy(update={"config": part.config, "split": part.split})
        assert load_records(tmp_path / "Street Rain!", wanted) == [row.record for row in part.rows]
        assert benchmark.digests[part.config][part.split]
        samples = list(load_samples(tmp_path / "Street Rain!", part.config, part.split))
        assert [sample.record for sample in samples] == [row.record for row in part.rows]
        assert all((sample.clean is not None) == (part.config == "paired") for sample in samples)


def test_a_release_is_the_same_byte_for_byte_and_its_checksums_hold(curated, tmp_path, tree):
    release(curated, tmp_path / "one", name="same")
    release(curated, tmp_path / "two", name="same")
    assert tree(tmp_path / "one") == tree(tmp_path / "two")
    assert not (tmp_path / "one" / ".lock").exists()
    sums = dict(reversed(line.split("  ")) for line in (tmp_path / "one" / "SHA256SUMS").read_text().splitlines())
    files = tree(tmp_path / "one")
    files.pop("SHA256SUMS")
    assert sums == {name: hashlib.sha256(data).hexdigest() for name, data in files.items()}


def test_shards_are_ready_for_the_hub(curated, tmp_path):
    release(curated, tmp_path / "rel")
    shard = next((tmp_path / "rel" / "rainy").glob("*.parquet"))
    file = pq.ParquetFile(shard)
    assert b"huggingface" in file.schema_arrow.metadata
    assert file.metadata.row_group(0).column(0).has_offset_index
    image = file.read().to_pylist()[0]["image"]
    assert image["path"].endswith((".jpg", ".png"))
    assert Image.open(io.BytesIO(image["bytes"]))


def test_many_shards_and_row_groups_hold_every_row_once_in_order(curated, tmp_path, monkeypatch):
    monkeypatch.setattr(layout, "SHARD_BYTES", 200_000)
    monkeypatch.setattr(writing_shards, "ROW_GROUP_BYTES", 40_000)
    released = release(curated, tmp_path / "rel")
    assert any(len(part.shards) > 1 for part in released.parts)
    for part in released.parts:
        samples = load_samples(tmp_path / "rel", part.config, part.split)
        assert [sample.record for sample in samples] == [row.record for row in part.rows]
    shards = len(list((tmp_path / "rel").rglob("*.parquet")))
    monkeypatch.undo()
    released = release(curated, tmp_path / "rel")
    assert len(list((tmp_path / "rel").rglob("*.parquet"))) == len(released.parts) < shards


def test_a_release_into_foreign_files_is_refused_and_they_stay(curated, tmp_path):
    for name in ("thesis.txt", "README.md"):
        folder = tmp_path / name.split(".")[0]
        folder.mkdir()
        (folder / name).write_text("mine")
        with pytest.raises(InputError, match="no part of a release"):
            release(curated, folder)
        assert (folder / name).read_text() == "mine"


def test_an_unfinished_release_is_completed(curated, tmp_path, tree):
    release(curated, tmp_path / "whole", name="same")
    shutil.copytree(tmp_path / "whole", tmp_path / "killed")
    for name in ("SHA256SUMS", "README.md", "LICENSE.md", "croissant.json"):
        (tmp_path / "killed" / name).unlink()
    next((tmp_path / "killed" / "rainy").glob("*.parquet")).unlink()
    (tmp_path / "killed" / "clean" / ".test-00000-of-00009.parquet.part").write_bytes(b"half")
    release(curated, tmp_path / "killed", name="same")
    assert tree(tmp_path / "killed") == tree(tmp_path / "whole")


def test_unknown_rights_are_refused_with_number_and_first_file(album, gather, tmp_path):
    gather(album(2), licence=None, author=None)
    curate(tmp_path / "store", tmp_path / "curated", recipe=read_recipe())
    with pytest.raises(ManifestError, match=r"licence of 2 of 2 images is not known, the first is 'album/00\d\.jpg'"):
        release(tmp_path / "curated", tmp_path / "rel", without_face_check=True)
    assert not (tmp_path / "rel").exists()
    gather(tmp_path / "album", licence="CC0-1.0", author="Ada")
    curate(tmp_path / "store", tmp_path / "curated", recipe=read_recipe())
    release(tmp_path / "curated", tmp_path / "rel", without_face_check=True)
    assert "license: cc0-1.0" in (tmp_path / "rel" / "README.md").read_text()


def test_changed_and_missing_bytes_are_refused(curated, tmp_path, camera_jpeg):
    row = next(row for row in open_store(tmp_path / "store").values() if row.format == "JPEG")
    path = object_path(tmp_path / "store", row.sha256, row.format)
    path.write_bytes(camera_jpeg(77))
    with pytest.raises(ManifestError, match="not the one that was recorded"):
        release(curated, tmp_path / "rel")
    path.write_bytes(b"rubbish")
    with pytest.raises(ManifestError, match="cannot be read"):
        release(curated, tmp_path / "rel")
    path.unlink()
    with pytest.raises(ManifestError, match="not in the store"):
        release(curated, tmp_path / "rel")


def test_a_scene_in_two_splits_is_refused(curated):
    records = read_records(curated)
    leak = records[0].model_copy(
        update={"image_id": "0" * 16, "split": "test" if records[0].split != "test" else "train"}
    )
    with pytest.raises(ManifestError, match="lies in two splits"):
        refuse_leaks([*records, leak], "here")


def test_an_empty_or_uncurated_folder_is_a_clear_error(tmp_path):
    with pytest.raises(InputError, match="no such folder"):
        release(tmp_path / "none", tmp_path / "rel")
    (tmp_path / "empty").mkdir()
    with pytest.raises(ManifestError, match="no curated folder"):
        release(tmp_path / "empty", tmp_path / "rel")


def test_the_plan_names_shards_as_the_hub_expects(curated):
    records = read_records(curated)
    parts = plan(records, lambda _: 150_000_000)
    for part in parts:
        assert part.file_names[0].endswith(f"{part.split}-00000-of-{len(part.shards):05d}.parquet")
        assert all(isinstance(row, Row) for row in part.rows)
    assert sum(len(part.rows) for part in parts if part.config != "paired") == len(records)


def test_the_cards_numbers_are_those_of_the_records(curated, tmp_path):
    released = release(curated, tmp_path / "rel", contact="ada@example.org")
    records = read_records(curated)
    text = (tmp_path / "rel" / "README.md").read_text()
    assert f"{len(records)} photographs of {len({record.scene_id for record in records})} scenes" in text
    for part in released.parts:
        scenes = len({row.record.scene_id for row in part.rows})
        assert f"| {part.config} | {part.split} | {len(part.rows)} | {scenes} |" in text
    assert "| Acme R1 | 6 |" in text
    assert "clocks say 2024 to 2024" in text
    assert "Write to ada@example.org" in text
    attributed = (tmp_path / "rel" / "LICENSE.md").read_text()
    assert "### Ada, CC-BY-4.0" in attributed
    assert all(record.image_id in attributed for record in records)


def test_strangers_texts_cannot_break_the_card(album, gather, tmp_path):
    evil = 'Eve"\n---\nlicense: mit\n# <script>alert(1)</script> | [x](javascript:1) `'
    gather(album(1), licence="LicenseRef-a", author=evil)
    gather(album(1, "two", first=5), licence="CC-BY-4.0", author="Ada")
    curate(tmp_path / "store", tmp_path / "curated", recipe=read_recipe())
    release(tmp_path / "curated", tmp_path / "rel", title=evil, name="evil")
    text = (tmp_path / "rel" / "README.md").read_text()
    import yaml

    _, front, body = text.split("---\n", 2)
    head = yaml.safe_load(front)
    assert head["license"] == "other"
    assert head["license_name"] == "mixed-per-image"
    assert head["pretty_name"].startswith('Eve" --- license: mit')
    assert head["configs"][0]["config_name"] == "rainy"
    assert head["configs"][0]["default"] is True
    for page in (body, (tmp_path / "rel" / "LICENSE.md").read_text()):
        assert "<script>" not in page
        assert "[x](" not in page
    assert tomllib.loads((tmp_path / "rel" / "benchmark.toml").read_text())["title"].startswith('Eve" ---')


@pytest.mark.realdata
def test_real_rain_goes_the_whole_way_unchanged(real_photographs, gather, tmp_path, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    import datasets

    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "cache")
    folder = tmp_path / "some"
    folder.mkdir()
    for path in sorted((real_photographs / "rain").rglob("*.*"))[::5]:
        shutil.copy(path, folder / path.name)
    gather(folder)
    done = curate(tmp_path / "store", tmp_path / "curated", recipe=read_recipe(), faces=False)
    assert done.rejected == {"has no colour": 1, "is enlarged from a smaller picture": 4}
    assert done.kept == len(list(folder.iterdir())) - 5
    release(tmp_path / "curated", tmp_path / "rel", without_face_check=True)
    bytes_of = originals(tmp_path)
    rows = [row for split in datasets.load_dataset(str(tmp_path / "rel")).values() for row in split]
    assert len(rows) == done.kept
    for row in rows:
        original = decode(bytes_of[row["image_id"]], where="original")
        assert pixel_digest(row["image"].convert("RGB")) == pixel_digest(original)
