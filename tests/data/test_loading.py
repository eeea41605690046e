"""A release is read from a folder or the Hub, and is what its benchmark says."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pyarrow.parquet as pq
import pytest

from nlcl_bench.core.errors import ArtifactError, InputError, ManifestError
from nlcl_bench.data import load_split
from nlcl_bench.data.benchmark import read_benchmark
from nlcl_bench.data.loading import contents, load_hub_style, load_records, load_samples, release_folder


def test_records_and_samples_come_in_one_order(release):
    benchmark = read_benchmark(release)
    records = load_records(release, benchmark)
    assert [sample.record for sample in load_samples(release, "rainy", "test")] == records
    assert [record.image_id for record in records] == sorted(record.image_id for record in records)


def test_pairs_bring_the_clean_image(release):
    assert all(sample.clean for sample in load_samples(release, "paired", "test"))
    assert not any(sample.clean for sample in load_samples(release, "rainy", "test"))


def test_the_library_of_the_hub_reads_the_same(release, tmp_path, monkeypatch):
    monkeypatch.setattr("datasets.config.HF_DATASETS_CACHE", str(tmp_path))
    loaded = load_hub_style(release, "rainy", "test")
    assert loaded["image_id"] == [record.image_id for record in load_records(release, read_benchmark(release))]
    assert loaded[0]["image"].size == (224, 208)


def test_a_split_that_is_not_there_is_answered_with_those_that_are(release):
    with pytest.raises(InputError, match=r"has no split rainy/train.*clean/test, paired/test, rainy/test"):
        next(load_samples(release, "rainy", "train"))
    assert ("paired", "test") in contents(release)


def test_a_benchmark_file_may_name_a_folder_beside_it(release, tmp_path):
    (tmp_path / "mine.toml").write_text(f'name = "mine"\ntitle = "Mine"\nsource = "{release}"\n')
    benchmark = read_benchmark(tmp_path / "mine.toml")
    assert release_folder(benchmark, tmp_path) == release


def test_a_dataset_of_the_hub_that_cannot_be_had_is_one_clear_line(tmp_path):
    (tmp_path / "hub.toml").write_text(
        'name = "hub"\ntitle = "Hub"\nsource = "hf://nobody/nothing"\nrevision = "v1.0.0"\n'
    )
    with pytest.raises(
        ArtifactError, match=r"nobody/nothing@v1\.0\.0: is not in the cache.*HF_HUB_OFFLINE is set"
    ) as caught:
        release_folder(read_benchmark(tmp_path / "hub.toml"), tmp_path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("name = ", "is no TOML"),
        ('name = "a b"\ntitle = ""\nsource = "."', "name: String should match pattern"),
        ('name = "a"\ntitle = ""\nsource = "."\nsplitt = "test"', "splitt: Extra inputs"),
        ('name = "a"\ntitle = ""\nsource = "."\nsplit = "all"', "split: Input should be"),
    ],
)
def test_a_benchmark_file_with_a_mistake_is_told_where(tmp_path, text, says):
    (tmp_path / "bad.toml").write_text(text)
    with pytest.raises(ManifestError, match=says):
        read_benchmark(tmp_path / "bad.toml")


def test_a_shard_that_is_no_parquet_is_told(write_release, tmp_path):
    release = write_release(tmp_path / "release")
    (release / "rainy" / "test-00000-of-00001.parquet").write_bytes(b"PAR1 no more")
    with pytest.raises(ManifestError, match="cannot be read as Parquet"):
        load_records(release, read_benchmark(release))


def test_one_line_loads_a_split_lazily(release):
    samples = load_split(release, "paired", "test")
    assert len(samples) == len(samples.records) == 3
    assert [sample.record for sample in samples] == list(samples.records)
    assert samples[-1].record == samples.records[2]
    assert [sample.record for sample in samples[1:]] == list(samples.records[1:])
    with pytest.raises(IndexError):
        samples[3]
    assert "3 samples of small paired/test" in repr(samples)


def test_samples_are_chosen_by_their_records_before_an_image_is_read(write_release, tmp_path):
    release = write_release(tmp_path / "release", images=5, side=32)
    shard = release / "rainy" / "test-00000-of-00001.parquet"
    pq.write_table(pq.read_table(shard), shard, row_group_size=2)
    wanted = load_split(release).records[3].image_id
    (only,) = load_split(release, where=lambda record: record.image_id == wanted)
    assert only.record.image_id == wanted
    assert len(load_split(release, where=lambda record: record.time_of_day == "night")) == 0


def test_loading_needs_neither_torch_nor_datasets():
    code = "import sys, nlcl_bench.data; print({'torch', 'datasets', 'pandas', 'PIL'} & set(sys.modules) or 'light')"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "light"


def test_a_pin_kept_elsewhere_is_stronger_than_the_one_in_the_folder(release, tmp_path):
    own = (release / "benchmark.toml").read_text().replace('source = "."', f'source = "{release}"')
    (tmp_path / "kept.toml").write_text(own)
    assert len(load_split(tmp_path / "kept.toml", "rainy")) == 3
    digest = read_benchmark(release).digests["rainy"]["test"]
    (tmp_path / "other.toml").write_text(own.replace(digest, "0" * 64))
    with pytest.raises(ManifestError, match=f"have digest {digest}, not 000"):
        load_split(tmp_path / "other.toml", "rainy")


def test_a_pin_without_digests_takes_those_of_the_release_and_nothing_is_loaded_without_any(write_release, tmp_path):
    release = write_release(tmp_path / "release", side=32)
    (tmp_path / "mine.toml").write_text('name = "mine"\ntitle = "Mine"\nsource = "release"\n')
    assert len(load_split(tmp_path / "mine.toml")) == 3
    (release / "benchmark.toml").unlink()
    with pytest.raises(ManifestError, match="pins no digest for rainy/test"):
        load_split(tmp_path / "mine.toml")


def test_a_changed_record_is_found_when_loading_and_a_changed_image_when_reading(write_release, tmp_path):
    release = write_release(tmp_path / "release", side=32)
    shard = release / "rainy" / "test-00000-of-00001.parquet"
    table = pq.read_table(shard)
    images = table["image"].to_pylist()
    images[1]["bytes"] += b"more"
    image = table.schema.get_field_index("image")
    pq.write_table(table.set_column(image, table.schema.field(image), [images]), shard)
    samples = load_split(release)
    assert samples[0]
    with pytest.raises(ManifestError, match=r"bytes of image .* are not those of its record"):
        samples[1]
    split = table.schema.get_field_index("reviewed")
    pq.write_table(table.set_column(split, table.schema.field(split), [[True] * 3]), shard)
    with pytest.raises(ManifestError, match="records of rainy/test have digest"):
        load_split(release)


def test_a_release_that_changes_while_it_is_read_is_told(write_release, tmp_path):
    release, other = write_release(tmp_path / "release", side=32), write_release(tmp_path / "other", side=40)
    samples = load_split(release)
    shutil.copy(other / "rainy" / "test-00000-of-00001.parquet", release / "rainy")
    with pytest.raises(ManifestError, match="was changed while it was read"):
        samples[0]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("rainy", "testing"), "split: Input should be"),
        (("rainy", "train"), "has no split rainy/train"),
        (("wet/../..", "test"), "config: String should match"),
    ],
)
def test_a_config_or_split_that_is_none_is_one_clear_line(release, arguments, says):
    with pytest.raises(InputError, match=says):
        load_split(release, *arguments)


def test_a_folder_has_no_revisions(release):
    with pytest.raises(InputError, match="has no revisions"):
        load_split(release, revision="v1.0.0")
