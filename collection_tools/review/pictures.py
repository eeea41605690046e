"""Pictures for the page, decoded from the store when asked: nothing of them is ever written to the disk."""

from __future__ import annotations

import io
from collections import OrderedDict
from threading import Lock
from typing import TYPE_CHECKING

from collection_tools.published import stored
from nlcl_bench.core.images import decode

if TYPE_CHECKING:
    from pathlib import Path

    from PIL import Image

    from collection_tools.collect.store import Collected

__all__ = ["Thumbnails", "full_size"]

THUMBNAIL_SIDE = 320
LONGEST_SIDE = 16_384  # more is beyond what browsers draw
CACHED_BYTES = 64 << 20


class Thumbnails:
    """Small pictures; those asked for last are kept in memory.

    Args:
        store: The store.
        room: How many bytes of them are kept.
    """

    def __init__(self, store: Path, room: int = CACHED_BYTES) -> None:
        self._store = store
        self._room = room
        self._lock = Lock()
        self._kept: OrderedDict[str, bytes] = OrderedDict()

    def cached(self, sha256: str) -> bytes | None:
        """Return a thumbnail if it is at hand."""
        with self._lock:
            if sha256 in self._kept:
                self._kept.move_to_end(sha256)
            return self._kept.get(sha256)

    def make(self, row: Collected) -> bytes:
        """Return a thumbnail as JPEG, its longer side 320 pixels.

        Raises:
            ImageError: The bytes are missing or damaged.
        """
        image = decode(stored(self._store, row), where=row.file, at_least=THUMBNAIL_SIDE)
        image.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE), reducing_gap=3)
        data = _jpeg(image, quality=85)
        with self._lock:
            self._room -= len(data) - len(self._kept.pop(row.sha256, b""))
            self._kept[row.sha256] = data
            while self._room < 0 and self._kept:
                self._room += len(self._kept.popitem(last=False)[1])
        return data


def full_size(store: Path, row: Collected) -> bytes:
    """Return the whole picture, upright and in sRGB, as a JPEG too good to tell from it.

    Raises:
        ImageError: The bytes are missing or damaged.
    """
    image = decode(stored(store, row), where=row.file)
    if max(image.size) > LONGEST_SIDE:
        image.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    return _jpeg(image, quality=95, subsampling=0)


def _jpeg(image: Image.Image, **options: int) -> bytes:
    file = io.BytesIO()
    image.save(file, "JPEG", **options)
    return file.getvalue()
