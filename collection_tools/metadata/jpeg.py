"""JPEG without metadata, segment by segment (ITU-T T.81, annex B): what is not on the list goes."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from collection_tools.metadata.tiff import orientation_block
from nlcl_bench.core.errors import ImageError
from nlcl_bench.core.jpeg import START_OF_SCAN, Segment, segments

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["SIGNATURE", "exif", "strip"]

SIGNATURE = b"\xff\xd8\xff"

_APP0, _APP1, _APP2, _APP14 = 0xE0, 0xE1, 0xE2, 0xEE

# Frame headers (SOF0-15 without JPG), Huffman and arithmetic tables, quantisation tables, line count, restart
# interval, and the two of hierarchical files: what a decoder needs.
_PICTURE = frozenset({*range(0xC0, 0xD0), 0xDB, 0xDC, 0xDD, 0xDE, 0xDF}) - {0xC8}

_JFIF, _JFIF_LENGTH = b"JFIF\0", 14
_ADOBE, _ADOBE_LENGTH = b"Adobe", 12
_PROFILE = b"ICC_PROFILE\0"
_EXIF = b"Exif\0\0"


def strip(data: bytes, orientation: int, *, where: str) -> bytes:
    """Return the file with only what its picture needs, ending at the first end-of-image marker.

    Args:
        data: A JPEG file; of an MPO the first picture is kept.
        orientation: The EXIF orientation to write if it is not 1.
        where: The file's name for error messages.

    Raises:
        ImageError: The segments are damaged, or there is no picture.
    """
    kept: list[Segment] = []
    scans = 0
    for segment in segments(data, where):
        scans += segment.marker == START_OF_SCAN
        picture = segment if segment.marker in _PICTURE or segment.marker == START_OF_SCAN else None
        clean = picture or (None if scans else _header(segment))
        if clean is not None:
            kept.append(clean)
    if not scans:
        raise ImageError("holds no picture", where=where, fix="copy it again from its source")
    return b"".join((b"\xff\xd8", *_written(kept, orientation), b"\xff\xd9"))


def exif(data: bytes) -> bytes:
    """Return the first EXIF block, from its TIFF header on; empty if there is none.

    Raises:
        ImageError: The segments before it are damaged.
    """
    for marker, payload, _ in segments(data, "EXIF"):
        if marker == START_OF_SCAN:
            break
        if marker == _APP1 and payload.startswith(_EXIF):
            return payload.removeprefix(_EXIF)
    return b""


def _header(segment: Segment) -> Segment | None:
    """Return what of an application segment stays: JFIF without thumbnail, colour profile, Adobe's colour transform."""
    marker, payload = segment.marker, segment.payload
    if marker == _APP0 and payload.startswith(_JFIF) and len(payload) >= _JFIF_LENGTH:
        return Segment(marker, payload[: _JFIF_LENGTH - 2] + b"\0\0")
    if marker == _APP2 and payload.startswith(_PROFILE):
        return segment
    if marker == _APP14 and payload.startswith(_ADOBE) and len(payload) >= _ADOBE_LENGTH:
        return Segment(marker, payload[:_ADOBE_LENGTH])
    return None


def _written(kept: list[Segment], orientation: int) -> Iterator[bytes]:
    exif = Segment(_APP1, _EXIF + orientation_block(orientation))
    jfif_first = kept[:1] if kept[0].marker == _APP0 else []  # JFIF wants to stand right after the start
    for segment in (*jfif_first, *([exif] if orientation != 1 else []), *kept[len(jfif_first) :]):
        yield struct.pack(">BBH", 0xFF, segment.marker, len(segment.payload) + 2)
        yield segment.payload
        yield segment.scan
