"""JPEG without metadata, segment by segment (ITU-T T.81, annex B): what is not on the list goes."""

from __future__ import annotations

import re
import struct
from typing import TYPE_CHECKING, NamedTuple

from collection_tools.metadata.tiff import orientation_block
from nlcl_bench.core.errors import ImageError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["SIGNATURE", "strip"]

SIGNATURE = b"\xff\xd8\xff"

_SOI, _EOI, _SOS = 0xD8, 0xD9, 0xDA
_APP0, _APP2, _APP14 = 0xE0, 0xE2, 0xEE

# Frame headers (SOF0-15 without JPG), Huffman and arithmetic tables, quantisation tables, line count, restart
# interval, and the two of hierarchical files: what a decoder needs.
_PICTURE = frozenset({*range(0xC0, 0xD0), 0xDB, 0xDC, 0xDD, 0xDE, 0xDF}) - {0xC8}

_JFIF, _JFIF_LENGTH = b"JFIF\0", 14
_ADOBE, _ADOBE_LENGTH = b"Adobe", 12
_PROFILE = b"ICC_PROFILE\0"

_MARKER = re.compile(rb"\xff+[^\x00\xff]")

# In compressed data 0xFF is followed by 0x00, a restart marker or fill; anything else ends it.
_GOES_ON = frozenset({0x00, *range(0xD0, 0xD8), 0xFF})


class _Segment(NamedTuple):
    marker: int
    payload: bytes
    scan: bytes = b""  # the compressed data that follows a start of scan


def strip(data: bytes, orientation: int, *, where: str) -> bytes:
    """Return the file with only what its picture needs, ending at the first end-of-image marker.

    Args:
        data: A JPEG file; of an MPO the first picture is kept.
        orientation: The EXIF orientation to write if it is not 1.
        where: The file's name for error messages.

    Raises:
        ImageError: The segments are damaged, or there is no picture.
    """
    kept: list[_Segment] = []
    scans = 0
    for segment in _segments(data, where):
        scans += segment.marker == _SOS
        picture = segment if segment.marker in _PICTURE or segment.marker == _SOS else None
        clean = picture or (None if scans else _header(segment))
        if clean is not None:
            kept.append(clean)
    if not scans:
        raise ImageError("holds no picture", where=where, fix="copy it again from its source")
    return b"".join((b"\xff\xd8", *_written(kept, orientation), b"\xff\xd9"))


def _header(segment: _Segment) -> _Segment | None:
    """Return what of an application segment stays: JFIF without thumbnail, colour profile, Adobe's colour transform."""
    marker, payload = segment.marker, segment.payload
    if marker == _APP0 and payload.startswith(_JFIF) and len(payload) >= _JFIF_LENGTH:
        return _Segment(marker, payload[: _JFIF_LENGTH - 2] + b"\0\0")
    if marker == _APP2 and payload.startswith(_PROFILE):
        return segment
    if marker == _APP14 and payload.startswith(_ADOBE) and len(payload) >= _ADOBE_LENGTH:
        return _Segment(marker, payload[:_ADOBE_LENGTH])
    return None


def _written(kept: list[_Segment], orientation: int) -> Iterator[bytes]:
    exif = _Segment(0xE1, b"Exif\0\0" + orientation_block(orientation))
    jfif_first = kept[:1] if kept[0].marker == _APP0 else []  # JFIF wants to stand right after the start
    for segment in (*jfif_first, *([exif] if orientation != 1 else []), *kept[len(jfif_first) :]):
        yield struct.pack(">BBH", 0xFF, segment.marker, len(segment.payload) + 2)
        yield segment.payload
        yield segment.scan


def _segments(data: bytes, where: str) -> Iterator[_Segment]:
    """Yield the segments between start and end of image; a missing end of image is forgiven, as decoders do."""
    at = 2
    while (marker := _marker(data, at)) is not None:
        at, code = marker
        if code == _EOI:
            return
        if code in {0x01, _SOI} or 0xD0 <= code <= 0xD7:  # noqa: PLR2004 (markers without a length)
            continue
        end = at + int.from_bytes(data[at : at + 2], "big")
        if end < at + 2 or end > len(data):
            raise ImageError("has damaged JPEG segments", where=where, fix="copy it again from its source")
        payload, at = data[at + 2 : end], end
        if code == _SOS:
            at = _scan_end(data, end)
            yield _Segment(code, payload, data[end:at])
        else:
            yield _Segment(code, payload)


def _scan_end(data: bytes, at: int) -> int:
    """Return where compressed data ends; searching for single bytes is ten times faster than a pattern."""
    while (at := data.find(b"\xff", at)) >= 0 and at + 1 < len(data):
        if data[at + 1] not in _GOES_ON:
            return at
        at += 1
    return len(data)


def _marker(data: bytes, at: int) -> tuple[int, int] | None:
    """Return where the next segment's length begins and its marker code; None if no marker follows.

    Fill bytes and stray bytes before a marker are skipped, as decoders skip them, and so are not written.
    """
    found = _MARKER.search(data, at)
    return None if found is None else (found.end(), data[found.end() - 1])
