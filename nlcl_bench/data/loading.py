"""Reading a release, from a local folder or the Hub: records, image bytes, and proof that they are the pinned ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq

from nlcl_bench.core.artifacts import snapshot
from nlcl_bench.core.digest import sha256_bytes
from nlcl_bench.core.errors import InputError, ManifestError
from nlcl_bench.core.files import existing_folder
from nlcl_bench.data import manifest
from nlcl_bench.data.benchmark import FILE_NAME, Benchmark
from nlcl_bench.data.record import Record

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import datasets

__all__ = ["Sample", "contents", "load_hub_style", "load_records", "load_samples", "release_folder"]


@dataclass(frozen=True, slots=True)
class Sample:
    """One image of a release.

    Attributes:
        record: Its record.
        image: The file's bytes.
        clean: The bytes of the same scene without rain, in the ``paired`` config.
    """

    record: Record
    image: bytes
    clean: bytes | None = None


def release_folder(benchmark: Benchmark, base: Path) -> Path:
    """Return the local folder of a benchmark's release, fetched from the Hub if it lives there.

    Args:
        benchmark: Which release.
        base: The folder that a relative ``source`` starts from.

    Raises:
        InputError: The folder does not exist.
        ArtifactError: The Hub or the network is not there.
    """
    if benchmark.source.startswith("hf://"):
        patterns = [f"{benchmark.config}/*.parquet", FILE_NAME]
        return snapshot(benchmark.source.removeprefix("hf://"), benchmark.revision, patterns)
    return existing_folder(base / benchmark.source)


def contents(folder: Path) -> list[tuple[str, str]]:
    """Return the pairs of config and split that a release folder holds."""
    return sorted({(path.parent.name, path.name.split("-")[0]) for path in folder.glob("*/*-of-*.parquet")})


def shards(folder: Path, config: str, split: str) -> list[Path]:
    """Return the Parquet shards of one split, in order.

    Raises:
        InputError: The release has no such config or split.
    """
    found = sorted((folder / config).glob(f"{split}-*-of-*.parquet"))
    if not found:
        there = ["/".join(pair) for pair in contents(folder)]
        raise InputError(
            f"has no split {config}/{split}",
            where=folder,
            fix=f"there are: {', '.join(there)}" if there else "make a release first: nlcl-bench release --help",
        )
    return found


def load_records(folder: Path, benchmark: Benchmark) -> list[Record]:
    """Return the records of a benchmark's split, in order, after checking the pinned digest.

    Raises:
        InputError: There is no such split.
        ManifestError: A record is not valid, or they are not the pinned ones.
    """
    records = [
        record
        for shard in shards(folder, benchmark.config, benchmark.split)
        for record in manifest.read_part(shard, Record)
    ]
    pinned = benchmark.digests.get(benchmark.config, {}).get(benchmark.split)
    found = manifest.digest(records)
    if pinned is not None and pinned != found:
        raise ManifestError(
            f"records of {benchmark.config}/{benchmark.split} have digest {found}, not {pinned}",
            where=folder,
            fix="the release was changed after it was made: fetch or make it again",
        )
    return records


def load_samples(folder: Path, config: str, split: str) -> Iterator[Sample]:
    """Yield the samples of one split, in order, holding one row group at a time.

    Raises:
        InputError: There is no such split.
        ManifestError: A shard is damaged, or an image's bytes are not those of its record.
    """
    for shard in shards(folder, config, split):
        try:
            with pq.ParquetFile(shard) as file:
                for batch in file.iter_batches(batch_size=8):
                    for row in batch.to_pylist():
                        yield _sample(row, shard)
        except (pa.ArrowException, OSError) as error:
            raise ManifestError(
                f"cannot be read as Parquet: {str(error).splitlines()[0]}", where=shard, fix="fetch or make it again"
            ) from error


def _sample(row: dict[str, object], shard: Path) -> Sample:
    image, clean = row.pop("image"), row.pop("clean", None)
    record = Record.model_validate(row)
    for found, digest in ((image, record.sha256), (clean, record.clean_sha256)):
        if found is not None and (not isinstance(found, dict) or sha256_bytes(found["bytes"]) != digest):
            raise ManifestError(
                f"bytes of image {record.image_id} are not those of its record",
                where=shard,
                fix="fetch or make it again",
            )
    if not isinstance(image, dict):
        raise ManifestError(f"image {record.image_id} has no bytes", where=shard, fix="fetch or make it again")
    return Sample(record, image["bytes"], clean["bytes"] if isinstance(clean, dict) else None)


def load_hub_style(folder: Path, config: str, split: str) -> datasets.Dataset:
    """Load a split as any user of the Hub does, with ``datasets.load_dataset``.

    Raises:
        InputError: There is no such config or split.
    """
    import datasets

    shards(folder, config, split)
    return datasets.load_dataset(str(folder), config, split=split)
