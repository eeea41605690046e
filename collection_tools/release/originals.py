"""The files of the store that a release publishes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collection_tools.published import published
from nlcl_bench.core.errors import ImageError, ManifestError

if TYPE_CHECKING:
    from pathlib import Path

    from nlcl_bench.data.record import Record

__all__ = ["original", "read_published"]


def original(store: Path, image_id: str) -> Path:
    """Return the collected file of an image.

    Raises:
        ManifestError: It is not in the store.
    """
    found = next((store / "objects" / image_id[:2]).glob(f"{image_id}*"), None)
    if found is None:
        raise ManifestError(f"image {image_id} is not in the store", where=store, fix="collect it, and curate again")
    return found


def read_published(record: Record, store: Path) -> bytes:
    """Return the bytes that are published of an image: without metadata, and blurred where its record says so.

    Raises:
        ManifestError: It is not in the store, or damaged.
    """
    path = original(store, record.image_id)
    try:
        return published(path.read_bytes(), record.blurred, where=path.name).data
    except (ImageError, OSError) as error:
        raise ManifestError(f"cannot be read: {error}", where=path, fix="collect it again") from error
