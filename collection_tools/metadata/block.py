"""Where the kinds of files keep their EXIF, found with our own bounded readers and not yet interpreted."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

from collection_tools.metadata import jpeg, png, webp
from nlcl_bench.core.errors import ImageError
from nlcl_bench.core.heif import heif_exif
from nlcl_bench.core.kinds import kind_of
from nlcl_bench.core.tiff import Directory, byte_order, first_directory, linked

if TYPE_CHECKING:
    from collections.abc import Callable

    from nlcl_bench.core.kinds import Kind

__all__ = ["Exif", "exif_of"]

_PREFIX = b"Exif\0\0"
_DETAILS = 0x8769

# Fujifilm's RAW: offset and length of the JPEG that it holds, big-endian.
_FUJIFILM, _FUJIFILM_JPEG = b"FUJIFILMCCD-RAW", 84

# Canon's CR3: boxes of one TIFF structure each, for the two directories; they stand near the start.
_CANON, _CANON_FIRST, _CANON_DETAILS = b"ftypcrx ", b"CMT1", b"CMT2"
_CANON_START = 65536


class Exif(NamedTuple):
    """The two directories that tell how a photograph was taken, and their byte order."""

    order: str
    first: Directory
    details: Directory


def exif_of(data: bytes) -> Exif | None:
    """Return the EXIF of an image file, None if it has none that can be found."""
    if data[4:12] == _CANON:
        return _canon(data[:_CANON_START])
    block = _block(data)
    order = byte_order(block)
    if order is None:
        return None
    first = first_directory(block)
    return Exif(order, first, linked(block, first, _DETAILS))


def _block(data: bytes) -> bytes:
    """Return the EXIF from its TIFF header on, with whatever follows; empty if there is none."""
    kind = kind_of(data)
    try:
        return b"" if kind not in _BLOCKS else _BLOCKS[kind](data)
    except ImageError:  # damaged before its EXIF
        return b""


def _of_tiff(data: bytes) -> bytes:
    return _fujifilm(data) if data.startswith(_FUJIFILM) else data


def _fujifilm(data: bytes) -> bytes:
    if len(data) < _FUJIFILM_JPEG + 8:
        return b""
    offset, length = struct.unpack_from(">II", data, _FUJIFILM_JPEG)
    return jpeg.exif(data[offset : offset + length])


def _canon(start: bytes) -> Exif | None:
    first, details = (
        start[start.find(name) + 4 :] if name in start else b"" for name in (_CANON_FIRST, _CANON_DETAILS)
    )
    order = byte_order(first)
    return (
        None if order is None or order != byte_order(details) else Exif(order, *map(first_directory, (first, details)))
    )


_BLOCKS: dict[Kind | None, Callable[[bytes], bytes]] = {
    "JPEG": jpeg.exif,
    "PNG": png.exif,
    "WEBP": lambda data: webp.exif(data).removeprefix(_PREFIX),
    "HEIF": heif_exif,
    "TIFF": _of_tiff,
    "RAW": _of_tiff,
}
