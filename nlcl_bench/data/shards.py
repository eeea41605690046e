"""Writing the Parquet shards: images embedded as the Hub's ``Image()``, one row group in memory at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from nlcl_bench.core.digest import sha256_bytes
from nlcl_bench.core.errors import ManifestError
from nlcl_bench.core.files import make_folder, writing
from nlcl_bench.data.record import Record
from nlcl_bench.data.schema import features

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from nlcl_bench.data.layout import Config, Row

__all__ = ["write_shard"]

ROW_GROUP_BYTES = 64_000_000
"""Bytes of images after which a row group ends; the Hub's viewer wants no more than about 100 MB."""


def write_shard(rows: Iterable[Row], config: Config, read: Callable[[Record], bytes], path: Path) -> None:
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
    columns = ("image", "clean") if config == "paired" else ("image",)
    schema = features(Record, columns).arrow_schema
    make_folder(path.parent)
    with (
        writing(path) as part,
        pq.ParquetWriter(part, schema, use_content_defined_chunking=True, write_page_index=True) as writer,
    ):
        for group in _row_groups(rows, columns, read):
            writer.write_table(pa.Table.from_pylist(group, schema=schema), row_group_size=len(group))


def _row_groups(
    rows: Iterable[Row], columns: tuple[str, ...], read: Callable[[Record], bytes]
) -> Iterator[list[dict[str, Any]]]:
    group: list[dict[str, Any]] = []
    filled = 0
    for row in rows:
        images = {column: _embedded(record, read) for column, record in zip(columns, row.images, strict=True)}
        group.append({**images, **row.record.model_dump(mode="json")})
        filled += sum(len(image["bytes"]) for image in images.values())
        if filled >= ROW_GROUP_BYTES:
            yield group
            group, filled = [], 0
    if group:
        yield group


def _embedded(record: Record, read: Callable[[Record], bytes]) -> dict[str, Any]:
    data = read(record)
    if sha256_bytes(data) != record.sha256:
        raise ManifestError(
            f"image {record.image_id} is not the one that was recorded: its digest differs",
            where=record.file_name,
            fix="if its file was changed, collect and curate it again, or import it again",
        )
    return {"bytes": data, "path": record.file_name}
