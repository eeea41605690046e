"""What is in a release, counted from its records; of a dataset on the Hub no image is fetched for it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import ValidationError

from nlcl_bench.core.artifacts import remote_files, snapshot
from nlcl_bench.core.errors import InputError, ManifestError
from nlcl_bench.core.progress import Track, silent
from nlcl_bench.data import manifest
from nlcl_bench.data.benchmark import FILE_NAME, Benchmark, read_benchmark
from nlcl_bench.data.folders import files_of
from nlcl_bench.data.layout import SPLITS
from nlcl_bench.data.loading import hub_name
from nlcl_bench.data.record import Record, first_problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from contextlib import AbstractContextManager

__all__ = ["Contents", "Summary", "summarize"]

_CONFIGS = ("rainy", "clean", "paired")
_ROWS_AT_ONCE = 1024


@dataclass(frozen=True, slots=True)
class Contents:
    """What one split of one config holds.

    Attributes:
        config: The config.
        split: The split.
        images: How many rows.
        scenes: How many scenes.
        bytes: Length of the shards.
        smallest: Width and height of the image with the fewest pixels.
        largest: Those of the one with the most.
        day: Images by day.
        night: Images by night.
        matches: Whether the records are the pinned ones; None if none are pinned.
    """

    config: str
    split: str
    images: int
    scenes: int
    bytes: int
    smallest: tuple[int, int]
    largest: tuple[int, int]
    day: int
    night: int
    matches: bool | None


@dataclass(frozen=True, slots=True)
class Summary:
    """What a release holds; every image counts once, in however many configs it is.

    Attributes:
        benchmark: What the release says of itself.
        contents: Its splits.
        licences: Images by licence, most frequent first, as are the following.
        rain_kinds: Rainy images by kind of rain.
        cameras: Images by camera.
        authors: Images by author.
    """

    benchmark: Benchmark
    contents: tuple[Contents, ...]
    licences: tuple[tuple[str, int], ...]
    rain_kinds: tuple[tuple[str, int], ...]
    cameras: tuple[tuple[str, int], ...]
    authors: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class _File:
    """A file that can be opened, wherever it lies."""

    size: int
    open: Callable[[], AbstractContextManager[IO[bytes]]]


def summarize(source: str | Path, *, revision: str | None = None, track: Track = silent) -> Summary:
    """Count what is in a release.

    Args:
        source: A release folder, ``ORG/NAME`` or ``hf://ORG/NAME``.
        revision: Tag, branch or commit on the Hub; ``main`` if None.
        track: Shows how far it is.

    Raises:
        InputError: There is no such folder, or it holds no release.
        ArtifactError: The dataset cannot be fetched.
        ManifestError: A record is not valid.
    """
    benchmark, files = _opened(source, revision)
    shards = {
        (config, split): [name for name in sorted(files) if name.startswith(f"{config}/{split}-")]
        for config in _CONFIGS
        for split in SPLITS
    }
    shards = {key: names for key, names in shards.items() if names}
    if not shards:
        raise InputError("holds no shards", where=source, fix="make a release first: nlcl-bench release --help")
    seen: dict[str, Record] = {}
    contents = []
    for (config, split), names in track(shards.items(), what="read", total=len(shards)):
        records = [record for name in names for record in _records(files[name], name)]
        pinned = {str(key): value for key, value in benchmark.digests.get(config, {}).items()}.get(split)
        size = sum(files[name].size for name in names)
        contents.append(_contents(config, split, records, size, pinned))
        seen.update((record.image_id, record) for record in records)
    return _counted(benchmark, contents, seen)


def _opened(source: str | Path, revision: str | None) -> tuple[Benchmark, Mapping[str, _File]]:
    name = hub_name(source)
    if name is not None:
        revision = revision or "main"
        benchmark = read_benchmark(snapshot(name, revision, [FILE_NAME]))
        found = remote_files(name, revision)
        benchmark = benchmark.model_copy(update={"source": f"hf://{name}", "revision": revision})
        return benchmark, {file.name: _File(file.size, file.open) for file in found.values()}
    if revision is not None:
        raise InputError("is no dataset of the Hub and has no revisions", where=source, fix="leave --revision out")
    benchmark = read_benchmark(Path(source))
    return benchmark, {
        name: _File(path.stat().st_size, _opener(path)) for name, path in files_of(Path(source)).files.items()
    }


def _opener(path: Path) -> Callable[[], AbstractContextManager[IO[bytes]]]:
    return lambda: path.open("rb")


def _records(opened: _File, name: str) -> Iterator[Record]:
    try:
        with opened.open() as stream, pq.ParquetFile(stream) as file:
            columns = [column for column in Record.model_fields if column in file.schema_arrow.names]
            for batch in file.iter_batches(_ROWS_AT_ONCE, columns=columns):
                yield from (Record.model_validate(row) for row in batch.to_pylist())
    except ValidationError as error:
        raise ManifestError(
            f"row is not valid: {first_problem(error)}", where=name, fix="fetch or make the release again"
        ) from error
    except (pa.ArrowException, OSError) as error:
        raise ManifestError(
            f"cannot be read as Parquet: {str(error).splitlines()[0]}",
            where=name,
            fix="fetch or make the release again",
        ) from error


def _contents(config: str, split: str, records: list[Record], size: int, pinned: str | None) -> Contents:
    sizes = sorted(
        {(record.width, record.height) for record in records}, key=lambda sides: (sides[0] * sides[1], sides)
    )
    light = Counter(record.time_of_day for record in records)
    return Contents(
        config=config,
        split=split,
        images=len(records),
        scenes=len({record.scene_id for record in records}),
        bytes=size,
        smallest=sizes[0] if sizes else (0, 0),
        largest=sizes[-1] if sizes else (0, 0),
        day=light["day"],
        night=light["night"],
        matches=None if pinned is None else manifest.digest(records) == pinned,
    )


def _counted(benchmark: Benchmark, contents: list[Contents], seen: Mapping[str, Record]) -> Summary:
    records = seen.values()
    return Summary(
        benchmark=benchmark,
        contents=tuple(contents),
        licences=_most(record.rights.licence for record in records),
        rain_kinds=_most(kind for record in records for kind in record.rain_kinds),
        cameras=_most(record.capture.camera or "not recorded" for record in records),
        authors=_most(record.rights.author for record in records),
    )


def _most(values: Iterable[str]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(Counter(values).items(), key=lambda item: (-item[1], item[0])))
