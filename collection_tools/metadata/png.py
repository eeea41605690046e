"""PNG without metadata, chunk by chunk (PNG specification, third edition): what is not on the list goes."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING

from collection_tools.metadata.tiff import orientation_block
from nlcl_bench.core.errors import ImageError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["SIGNATURE", "exif", "strip"]

SIGNATURE = b"\x89PNG\r\n\x1a\n"

# The picture, its palette, transparency and significant bits, and what its colours mean.
_KEPT = frozenset({b"IHDR", b"PLTE", b"IDAT", b"tRNS", b"gAMA", b"cHRM", b"sRGB", b"iCCP", b"sBIT", b"cICP"})


def strip(data: bytes, orientation: int, *, where: str) -> bytes:
    """Return the file with only what its picture needs; of an animation the still picture.

    Args:
        data: A PNG file.
        orientation: The EXIF orientation to write if it is not 1.
        where: The file's name for error messages.

    Raises:
        ImageError: The chunks are damaged, or there is no picture.
    """
    kept = [SIGNATURE]
    kinds = set()
    for kind, chunk in _chunks(data, where):
        if kind in _KEPT:
            kinds.add(kind)
            kept.append(chunk)
        if kind == b"IHDR" and orientation != 1:
            kept.append(_chunk(b"eXIf", orientation_block(orientation)))
    if not {b"IHDR", b"IDAT"} <= kinds:
        raise ImageError("holds no picture", where=where, fix="copy it again from its source")
    return b"".join((*kept, _chunk(b"IEND", b"")))


def exif(data: bytes) -> bytes:
    """Return the EXIF block; empty if there is none.

    Raises:
        ImageError: The chunks before it are damaged.
    """
    return next((chunk[8:-4] for kind, chunk in _chunks(data, "EXIF") if kind == b"eXIf"), b"")


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def _chunks(data: bytes, where: str) -> Iterator[tuple[bytes, bytes]]:
    """Yield kind and whole bytes of every chunk before the end chunk; a missing end chunk is forgiven."""
    at = len(SIGNATURE)
    while at < len(data):
        kind = data[at + 4 : at + 8]
        end = at + 12 + int.from_bytes(data[at : at + 4], "big")
        if len(kind) != 4 or end > len(data):  # noqa: PLR2004 (a kind is four letters)
            raise ImageError("has damaged PNG chunks", where=where, fix="copy it again from its source")
        if kind == b"IEND":
            return
        yield kind, data[at:end]
        at = end
