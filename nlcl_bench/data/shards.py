"""Writing the Parquet shards: images embedded as the Hub's ``Image()``, one row group in memory at a time."""

from __future__ import annotations

import hashlib
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from nlcl_bench.core.digest import sha256_bytes
from nlcl_bench.core.errors import ManifestError
from nlcl_bench.core.files import make_folder, writing
from nlcl_bench.data.record import Record
from nlcl_bench.data.schema import features

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Future
    from pathlib import Path

    from nlcl_bench.data.layout import Config, Row

__all__ = ["Shard", "columns_of", "write_shard"]

ROW_GROUP_BYTES = 48_000_000
"""Bytes of images after which a row group ends at the latest: several times as many are in memory when it is written,
and a reader fetches one to see the first picture. The Hub's viewer wants no more than about 100 MB."""

_AHEAD = 2

# Pages begin where the content says, so that equal rows are equal bytes in the next version, too. Compression and
# dictionaries would spoil that, as what they write of a row depends on the rows before it; on photographs, which are
# compressed already, they save nothing. Three more images in 290 MB: 9 MB to upload, and 16 MB with them.
_AS_THE_HUB_WANTS = {
    "use_content_defined_chunking": True,
    "write_page_index": True,
    "compression": "none",
    "use_dictionary": False,
}


@dataclass(frozen=True, slots=True)
class Shard:
    """A shard that was written.

    Attributes:
        sha256: Digest of the file.
        bytes: Its length.
        memory: Bytes that its rows take in memory, which the Hub's cards call ``num_bytes``.
    """

    sha256: str
    bytes: int
    memory: int


def columns_of(config: Config) -> tuple[str, ...]:
    """Return the image columns of a config."""
    return ("image", "clean") if config == "paired" else ("image",)


def write_shard(rows: Iterable[Row], config: Config, read: Callable[[Record], bytes], path: Path) -> Shard:
    """Write one shard; its bytes depend on the rows and the images only.

    Args:
        rows: What it holds, in order.
        config: The config it belongs to.
        read: Gives the bytes of a record's file.
        path: The shard.

    Raises:
        ManifestError: An image's bytes are not those of its record, or ``read`` raises it.
        StorageError: The shard cannot be written.
    """
    columns = columns_of(config)
    schema = features(Record, columns).arrow_schema
    make_folder(path.parent)
    memory = 0
    with writing(path) as part, part.open("wb") as file:
        sink = _Hashed(file)
        with pq.ParquetWriter(pa.PythonFile(sink, mode="w"), schema, **_AS_THE_HUB_WANTS) as writer:
            for group in _row_groups(rows, columns, read):
                table = pa.Table.from_pylist(group, schema=schema)
                memory += table.nbytes
                writer.write_table(table, row_group_size=len(group))
                sink.raise_problem()
        sink.raise_problem()
    return Shard(sink.digest.hexdigest(), sink.bytes, memory)


class _Hashed:
    """A file that knows its digest when it is written, so that it need not be read again for it.

    What goes wrong is kept until somebody asks: Arrow ends the whole process if writing fails under it.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self.file, self.digest, self.bytes, self.closed = file, hashlib.sha256(), 0, False
        self._problem: OSError | None = None

    def write(self, data: bytes) -> int:
        try:
            if self._problem is None:
                self.file.write(data)
        except OSError as error:
            self._problem = error
        self.digest.update(data)
        self.bytes += len(data)
        return len(data)

    def flush(self) -> None:
        pass  # the file does it when it is closed

    def close(self) -> None:
        pass

    def raise_problem(self) -> None:
        if self._problem is not None:
            raise self._problem


def _row_groups(
    rows: Iterable[Row], columns: tuple[str, ...], read: Callable[[Record], bytes]
) -> Iterator[list[dict[str, Any]]]:
    group: list[dict[str, Any]] = []
    filled = 0
    for row, files in _read_ahead(rows, read):
        group.append({**dict(zip(columns, files, strict=True)), **row.record.model_dump(mode="json")})
        filled += sum(len(file["bytes"]) for file in files)
        if _ends(row.record, filled):
            yield group
            group, filled = [], 0
    if group:
        yield group


def _ends(last: Record, filled: int) -> bool:
    """Tell whether a row group ends here: mostly for the row's name, so that it does in the next version, too."""
    return filled >= ROW_GROUP_BYTES or (2 * filled >= ROW_GROUP_BYTES and int(last.image_id[-1], 16) % 4 == 0)


def _read_ahead(rows: Iterable[Row], read: Callable[[Record], bytes]) -> Iterator[tuple[Row, list[dict[str, Any]]]]:
    """Yield rows with their files; the next ones are read while these are written."""
    waiting: deque[tuple[Row, Future[list[dict[str, Any]]]]] = deque()
    with ThreadPoolExecutor(_AHEAD) as pool:
        try:
            for row in rows:
                waiting.append((row, pool.submit(_files, row, read)))
                if len(waiting) > _AHEAD:
                    ready, files = waiting.popleft()
                    yield ready, files.result()
            for ready, files in waiting:
                yield ready, files.result()
        finally:
            pool.shutdown(cancel_futures=True)


def _files(row: Row, read: Callable[[Record], bytes]) -> list[dict[str, Any]]:
    return [_embedded(record, read) for record in row.images]


def _embedded(record: Record, read: Callable[[Record], bytes]) -> dict[str, Any]:
    data = read(record)
    if sha256_bytes(data) != record.sha256:
        raise ManifestError(
            f"image {record.image_id} is not the one that was recorded: its digest differs",
            where=record.file_name,
            fix="if its file was changed, collect and curate it again, or import it again",
        )
    return {"bytes": data, "path": record.file_name}
