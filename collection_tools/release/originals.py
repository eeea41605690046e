"""The files of the store that a release publishes, and the proof that nothing private is left in them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collection_tools.collect.store import object_path, open_store
from collection_tools.metadata.strip import strip_metadata
from collection_tools.published import published
from nlcl_bench.core.errors import ImageError, ManifestError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from nlcl_bench.data.record import Record

__all__ = ["originals", "published_size", "read_published"]

_PNG_BYTES_PER_PIXEL = 1.6
"""What a photograph as PNG takes, about."""


def originals(store: Path, records: Iterable[Record]) -> dict[str, Path]:
    """Return the collected files by image_id.

    Raises:
        ManifestError: One is not in the store.
    """
    found = {row.sha256[:16]: object_path(store, row.sha256, row.format) for row in open_store(store).rows()}
    for record in records:
        if record.image_id not in found or not found[record.image_id].is_file():
            raise ManifestError(
                f"image {record.image_id} is not in the store", where=store, fix="collect it, and curate again"
            )
    return found


def published_size(record: Record, files: Mapping[str, Path]) -> int:
    """Return how many bytes a published file takes, about."""
    if record.blurred or record.converted:
        return int(record.width * record.height * _PNG_BYTES_PER_PIXEL)
    return files[record.image_id].stat().st_size


def read_published(record: Record, files: Mapping[str, Path]) -> bytes:
    """Return the bytes that are published of an image: without metadata, and blurred where its record says so.

    They were parsed again after they were written, and nothing but the picture, its orientation and its colour profile
    was found.

    Raises:
        ManifestError: It is not in the store, it is damaged, or something of its metadata would be left.
    """
    path = files[record.image_id]
    try:
        data = published(path.read_bytes(), record.blurred, where=path.name).data
        # what was only stripped has been proven by that; what was encoded has not
        clean = strip_metadata(data, where=path.name) if record.blurred or record.converted else data
    except (ImageError, OSError) as error:
        raise ManifestError(f"cannot be read: {error}", where=path, fix="collect it again") from error
    if clean != data:
        raise ManifestError("something besides the picture is left in what would be published", where=path)
    return data
