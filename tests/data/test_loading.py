"""A release is read from a folder or the Hub, and is what its benchmark says."""

from __future__ import annotations

import pytest

from nlcl_bench.core.errors import ArtifactError, InputError, ManifestError
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
    with pytest.raises(ArtifactError, match=r"nobody/nothing@v1\.0\.0: dataset could not be fetched") as caught:
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
