"""The file that is published for a collected one: without metadata, and with what is private made unrecognisable."""

from __future__ import annotations

from typing import TYPE_CHECKING

from collection_tools.collect.store import Collected, object_path
from collection_tools.metadata.publish import Published, publishable
from collection_tools.privacy.blur import blurred_png
from nlcl_bench.core.digest import sha256_bytes
from nlcl_bench.core.errors import ImageError
from nlcl_bench.core.images import decode

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from nlcl_bench.data.record import Box

__all__ = ["published", "stored"]


def stored(store: Path, row: Collected) -> bytes:
    """Return the bytes of a collected file.

    Raises:
        ImageError: They are missing, or are not what was collected.
    """
    try:
        data = object_path(store, row.sha256, row.format).read_bytes()
    except OSError as error:
        raise ImageError("its bytes are missing from the store") from error
    if sha256_bytes(data) != row.sha256:
        raise ImageError("its bytes in the store are damaged")
    return data


def published(data: bytes, boxes: Sequence[Box], *, where: str) -> Published:
    """Return the file that is published for a collected one.

    Args:
        data: The bytes of the collected file.
        boxes: What is made unrecognisable, with margins; nothing else of the picture changes.
        where: The file's name for error messages.

    Raises:
        ImageError: It is damaged, or something of its metadata would be left.
    """
    plain = publishable(data, where=where)
    if not boxes:
        return plain
    return Published(blurred_png(decode(plain.data, where=where), boxes), "png", plain.converted)
