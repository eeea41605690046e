"""Reading a release, from a local folder or the Hub: records, image bytes, and proof that they are the pinned ones.

:func:`load_split` is for people; the parts it is made of are for the stages.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, overload

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import ValidationError

from nlcl_bench.core.artifacts import snapshot
from nlcl_bench.core.digest import sha256_bytes
from nlcl_bench.core.errors import InputError, ManifestError
from nlcl_bench.core.files import existing_folder
from nlcl_bench.data import manifest
from nlcl_bench.data.benchmark import FILE_NAME, Benchmark, read_benchmark
from nlcl_bench.data.record import Record, first_problem
from nlcl_bench.data.sample import Sample

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

    import datasets

__all__ = [
    "Sample",
    "Samples",
    "contents",
    "fetched",
    "hub_name",
    "load_hub_style",
    "load_records",
    "load_samples",
    "load_split",
    "open_benchmark",
    "read_rows",
    "release_folder",
    "sample_of",
    "shards",
]

_HUB_NAME = re.compile(r"(hf://)?([A-Za-z0-9][A-Za-z0-9._-]*/[A-Za-z0-9][A-Za-z0-9._-]*)")

_AGAIN = "fetch or make it again"


class Samples(Sequence[Sample]):
    """The samples of one split, in the order of the release: read when asked for, a row group at a time at most.

    Attributes:
        benchmark: Which release, config and split.
        records: The record of every sample, in the same order; they are all in memory.
    """

    def __init__(self, benchmark: Benchmark, folder: Path, where: Callable[[Record], bool] | None) -> None:
        self.benchmark = benchmark
        records = load_records(folder, benchmark)
        chosen = [number for number, record in enumerate(records) if where is None or where(record)]
        places = [
            (shard, row) for shard in shards(folder, benchmark.config, benchmark.split) for row in range(_length(shard))
        ]
        self.records = tuple(records[number] for number in chosen)
        self._places = [places[number] for number in chosen]

    def __len__(self) -> int:
        return len(self.records)

    def __repr__(self) -> str:
        benchmark = self.benchmark
        return f"<{len(self)} samples of {benchmark.name} {benchmark.config}/{benchmark.split} ({benchmark.revision})>"

    @overload
    def __getitem__(self, index: int) -> Sample: ...
    @overload
    def __getitem__(self, index: slice) -> list[Sample]: ...
    def __getitem__(self, index: int | slice) -> Sample | list[Sample]:
        numbers = range(len(self))[index]
        if isinstance(numbers, range):
            return [self[number] for number in numbers]
        return next(self._read([numbers]))

    def __iter__(self) -> Iterator[Sample]:
        return self._read(range(len(self)))

    def _read(self, numbers: Sequence[int]) -> Iterator[Sample]:
        for shard, group in groupby(numbers, key=lambda number: self._places[number][0]):
            inside = list(group)
            rows = read_rows(shard, {self._places[number][1] for number in inside})
            for number, row in zip(inside, rows, strict=True):
                sample = sample_of(row, shard)
                if sample.record != self.records[number]:
                    raise ManifestError("was changed while it was read", where=shard, fix=_AGAIN)
                yield sample


def load_split(
    source: str | Path,
    config: str | None = None,
    split: str | None = None,
    *,
    revision: str | None = None,
    where: Callable[[Record], bool] | None = None,
) -> Samples:
    """Load one split of a release, after checking that its records are those the benchmark pins.

    ::

        samples = load_split("ORG/NAME", "paired", "test", revision="v1.0.0")
        samples[0].open()
        night = load_split("release/", where=lambda record: record.time_of_day == "night")

    An image's bytes are checked against its record when they are read.

    Args:
        source: A release folder, a benchmark's TOML file, or a dataset of the Hub: ``ORG/NAME`` or ``hf://ORG/NAME``.
        config: ``rainy``, ``clean`` or ``paired``; None for the benchmark's own.
        split: ``train``, ``validation`` or ``test``; None for the benchmark's own.
        revision: Tag, branch or commit on the Hub; give a tag or commit, so that it never changes.
        where: Chooses samples by their records; only those are read.

    Raises:
        InputError: The source, config or split does not exist.
        ArtifactError: The dataset, revision or network is not there.
        ManifestError: The records are not the pinned ones, or none are pinned.
    """
    benchmark, folder = open_benchmark(source, config, split, revision=revision)
    benchmark = _pinned(benchmark, folder)
    return Samples(benchmark, folder, where)


def hub_name(source: str | Path) -> str | None:
    """Return ``ORG/NAME`` if that is what was given and no file or folder has this name.

    >>> hub_name("hf://street/rain"), hub_name("street/rain"), hub_name("./street"), hub_name("a/b/c")
    ('street/rain', 'street/rain', None, None)
    """
    found = _HUB_NAME.fullmatch(str(source))
    if found is None or (not found[1] and Path(source).exists()):
        return None
    return found[2]


def fetched(source: str | Path, revision: str | None) -> Path:
    """Return a folder, or all files of a dataset of the Hub as one.

    Args:
        source: A folder, ``ORG/NAME`` or ``hf://ORG/NAME``.
        revision: Tag, branch or commit on the Hub; ``main`` if None.

    Raises:
        InputError: A folder is asked for a revision.
        ArtifactError: The dataset cannot be fetched.
    """
    name = hub_name(source)
    if name is not None:
        return snapshot(name, revision or "main")
    if revision is not None:
        raise InputError("is no dataset of the Hub and has no revisions", where=source, fix="leave --revision out")
    return Path(source)


def open_benchmark(
    source: str | Path, config: str | None = None, split: str | None = None, *, revision: str | None = None
) -> tuple[Benchmark, Path]:
    """Read a benchmark and find its release, fetching the split from the Hub if it lives there.

    Args:
        source: A release folder, a benchmark's TOML file, ``ORG/NAME`` or ``hf://ORG/NAME``.
        config: The config to use instead of the benchmark's own.
        split: The split to use instead of the benchmark's own.
        revision: The revision to use instead of the benchmark's own; of a dataset of the Hub, ``main`` if None.

    Returns:
        The benchmark, of a dataset of the Hub with the commit as its revision, and the local folder of its release.

    Raises:
        InputError: The folder, config or split does not exist.
        ManifestError: The benchmark's file is not valid.
        ArtifactError: The release cannot be fetched.
    """
    name = hub_name(source)
    path = Path(source)
    if name is not None:
        path = snapshot(name, revision or "main", [FILE_NAME])
        revision = path.name  # the commit, after which a snapshot is called: what a run records must not move
        benchmark = read_benchmark(path).model_copy(update={"source": f"hf://{name}"})
    else:
        benchmark = read_benchmark(path)
        if revision is not None and not benchmark.source.startswith("hf://"):
            raise InputError("is no dataset of the Hub and has no revisions", where=source, fix="leave revision out")
    chosen = {"config": config, "split": split, "revision": revision}
    given = {key: value for key, value in chosen.items() if value is not None}
    try:
        benchmark = Benchmark.model_validate({**benchmark.model_dump(), **given})
    except ValidationError as error:
        raise InputError(first_problem(error), where=source, fix="correct the config or split") from error
    return benchmark, release_folder(benchmark, path if path.is_dir() else path.parent)


def _pinned(benchmark: Benchmark, folder: Path) -> Benchmark:
    """Return the benchmark with the digest of its split: its own, or the one that the release carries.

    Raises:
        ManifestError: Neither has one.
    """
    for one in (benchmark, read_benchmark(folder) if (folder / FILE_NAME).is_file() else benchmark):
        if benchmark.split in one.digests.get(benchmark.config, {}):
            return benchmark.model_copy(update={"digests": one.digests})
    shards(folder, benchmark.config, benchmark.split)
    raise ManifestError(
        f"pins no digest for {benchmark.config}/{benchmark.split}, so nothing proves what is in it",
        where=folder / FILE_NAME,
        fix="give a benchmark's TOML file that has it, or make the release again",
    )


def release_folder(benchmark: Benchmark, base: Path) -> Path:
    """Return the local folder of a benchmark's release, its split fetched from the Hub if it lives there.

    Args:
        benchmark: Which release.
        base: The folder that a relative ``source`` starts from.

    Raises:
        InputError: The folder does not exist.
        ArtifactError: The Hub or the network is not there.
    """
    if benchmark.source.startswith("hf://"):
        patterns = [f"{benchmark.config}/{benchmark.split}-*.parquet", FILE_NAME]
        return snapshot(benchmark.source.removeprefix("hf://"), benchmark.revision, patterns)
    return existing_folder(base / benchmark.source)


def contents(folder: Path) -> list[tuple[str, str]]:
    """Return the pairs of config and split that a release folder holds."""
    return sorted({(path.parent.name, path.name.split("-")[0]) for path in folder.glob("*/*-of-*.parquet")})


def shards(folder: Path, config: str, split: str) -> list[Path]:
    """Return the Parquet shards of one split, in order.

    Raises:
        InputError: The release has no such config or split.
        ManifestError: Some of its shards are not there.
    """
    found = sorted((folder / config).glob(f"{split}-*-of-*.parquet"))
    if not found:
        there = ["/".join(pair) for pair in contents(folder)] or _announced(folder)
        raise InputError(
            f"has no split {config}/{split}",
            where=folder,
            fix=f"there are: {', '.join(there)}" if there else "make a release first: nlcl-bench release --help",
        )
    return found


def _announced(folder: Path) -> list[str]:
    """Return the splits that the release says it has, of which none may have been fetched."""
    if not (folder / FILE_NAME).is_file():
        return []
    digests = read_benchmark(folder).digests
    return sorted(f"{config}/{split}" for config, splits in digests.items() for split in splits)


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
    """Yield the samples of one split, in order, holding a few rows at a time.

    Raises:
        InputError: There is no such split.
        ManifestError: A shard is damaged, or an image's bytes are not those of its record.
    """
    for shard in shards(folder, config, split):
        for row in read_rows(shard):
            yield sample_of(row, shard)


def read_rows(shard: Path, wanted: Collection[int] | None = None) -> Iterator[dict[str, object]]:
    """Yield the rows of a shard as they are stored, in order; row groups without a wanted row are not read.

    Args:
        shard: The Parquet file.
        wanted: The numbers of the rows; None for all.

    Raises:
        ManifestError: It is no Parquet file, or damaged.
    """
    try:
        with pq.ParquetFile(shard) as file:
            end = 0
            for group in range(file.num_row_groups):
                start, end = end, end + file.metadata.row_group(group).num_rows
                inside = [row for row in range(start, end) if wanted is None or row in wanted]
                yield from _rows_of_group(file, group, [row - start for row in inside])
    except (pa.ArrowException, OSError) as error:
        raise ManifestError(
            f"cannot be read as Parquet: {str(error).splitlines()[0]}", where=shard, fix=_AGAIN
        ) from error


def _rows_of_group(file: pq.ParquetFile, group: int, wanted: Sequence[int]) -> Iterator[dict[str, object]]:
    if not wanted:
        return
    for number, batch in enumerate(file.iter_batches(batch_size=1, row_groups=[group])):
        if number in wanted:
            yield from batch.to_pylist()
        if number == wanted[-1]:
            return


def _length(shard: Path) -> int:
    rows: int = pq.read_metadata(shard).num_rows
    return rows


def sample_of(row: dict[str, object], shard: Path) -> Sample:
    """Return a row of a shard as a sample.

    Raises:
        ManifestError: Its record is not valid, or the bytes are not those of its record.
    """
    image, clean = row.pop("image", None), row.pop("clean", None)
    try:
        record = Record.model_validate(row)
    except ValidationError as error:
        raise ManifestError(f"row is not valid: {first_problem(error)}", where=shard, fix=_AGAIN) from error
    for found, digest in ((image, record.sha256), (clean, record.clean_sha256)):
        if found is not None and (not isinstance(found, dict) or sha256_bytes(found["bytes"] or b"") != digest):
            raise ManifestError(
                f"bytes of image {record.image_id} are not those of its record", where=shard, fix=_AGAIN
            )
    if not isinstance(image, dict):
        raise ManifestError(f"image {record.image_id} has no bytes", where=shard, fix=_AGAIN)
    return Sample(record, image["bytes"], clean["bytes"] if isinstance(clean, dict) else None)


def load_hub_style(folder: Path, config: str, split: str) -> datasets.Dataset:
    """Load a split as any user of the Hub does, with ``datasets.load_dataset``.

    Raises:
        InputError: There is no such config or split.
    """
    import datasets

    shards(folder, config, split)
    return datasets.load_dataset(str(folder), config, split=split)
