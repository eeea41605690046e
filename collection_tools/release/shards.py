"""Writing the Parquet shards: images embedded as the Hub's ``Image()``, one row group in memory at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq

from collection_tools.published import published
from nlcl_bench.core.digest import sha256_bytes
from nlcl_bench.core.errors import ImageError, ManifestError
from nlcl_bench.core.files import make_folder, writing
from nlcl_bench.data.record import Record
from nlcl_bench.data.schema import features

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from collection_tools.release.plan import Config, Row

__all__ = ["original", "write_shard"]

ROW_GROUP_BYTES = 64_000_000
"""Bytes of images after which a row group ends; the Hub's viewer wants no more than about 100 MB."""


def original(store: Path, image_id: str) -> Path:
    """Return the collected file of an image.

    Raises:
        ManifestError: It is not in the store.
    """
    found = next((store / "objects" / image_id[:2]).glob(f"{image_id}*"), None)
    if found is None:
        raise ManifestError(f"image {image_id} is not in the store", where=store, fix="collect it, and curate again")
    return found


def write_shard(rows: Iterable[Row], config: Config, store: Path, path: Path) -> None:
    """Write one shard; its bytes depend on the rows and the images only.

    Raises:
        ManifestError: An image is not in the store, or without metadata it is not the one that was curated.
        StorageError: The shard cannot be written.
    """
    columns = ("image", "clean") if config == "paired" else ("image",)
    schema = features(Record, columns).arrow_schema
    make_folder(path.parent)
    with (
        writing(path) as part,
        pq.ParquetWriter(part, schema, use_content_defined_chunking=True, write_page_index=True) as writer,
    ):
        for group in _row_groups(rows, columns, store):
            writer.write_table(pa.Table.from_pylist(group, schema=schema), row_group_size=len(group))


def _row_groups(rows: Iterable[Row], columns: tuple[str, ...], store: Path) -> Iterator[list[dict[str, Any]]]:
    group: list[dict[str, Any]] = []
    filled = 0
    for row in rows:
        images = {column: _embedded(record, store) for column, record in zip(columns, row.images, strict=True)}
        group.append({**images, **row.record.model_dump(mode="json")})
        filled += sum(len(image["bytes"]) for image in images.values())
        if filled >= ROW_GROUP_BYTES:
            yield group
            group, filled = [], 0
    if group:
        yield group


def _embedded(record: Record, store: Path) -> dict[str, Any]:
    path = original(store, record.image_id)
    try:
        data = published(path.read_bytes(), record.blurred, where=path.name).data
    except (ImageError, OSError) as error:
        raise ManifestError(f"cannot be read: {error}", where=path, fix="collect it again") from error
    if sha256_bytes(data) != record.sha256:
        raise ManifestError(
            f"image {record.image_id} is not the one that was curated: its digest differs",
            where=path,
            fix="collect it again if the store was changed, and curate again",
        )
    return {"bytes": data, "path": record.file_name}
