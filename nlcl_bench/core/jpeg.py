"""The segments of a JPEG file (ITU-T T.81, annex B), read as decoders read them."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from nlcl_bench.core.errors import ImageError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["START_OF_SCAN", "Segment", "refuse_many_scans", "segments"]

START_OF_SCAN = 0xDA

_MOST_SCANS = 64
"""In how many scans a picture may be coded; encoders use about ten, and each may take a decoder through all pixels."""

_SOI, _EOI = 0xD8, 0xD9

_MARKER = re.compile(rb"\xff+[^\x00\xff]")

# In compressed data 0xFF is followed by 0x00, a restart marker or fill; anything else ends it.
_GOES_ON = np.isin(np.arange(256), [0x00, *range(0xD0, 0xD8), 0xFF])

_BYTES_AT_ONCE = 1 << 16


class Segment(NamedTuple):
    """One segment: its marker, what it holds, and of a start of scan the compressed data that follow."""

    marker: int
    payload: bytes
    scan: bytes = b""


def refuse_many_scans(data: bytes) -> None:
    """Do nothing for a file whose first picture is coded in no more than 64 scans.

    Raises:
        ValueError: It is coded in more, or nobody can tell because its segments are damaged.
    """
    if data.count(bytes([0xFF, START_OF_SCAN])) <= _MOST_SCANS:
        return
    # what follows a picture, such as a film, may hold such marks by chance
    try:
        scans = sum(1 for one in segments(data, "") if one.marker == START_OF_SCAN)
    except ImageError as error:
        raise ValueError(f"it {error.what}") from error
    if scans > _MOST_SCANS:
        raise ValueError(f"it has more than {_MOST_SCANS} scans")


def segments(data: bytes, where: str) -> Iterator[Segment]:
    """Yield the segments between start and end of the first image; a missing end is forgiven, as decoders do.

    Raises:
        ImageError: A segment goes beyond the file.
    """
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
        if code == START_OF_SCAN:
            at = _scan_end(data, end)
            yield Segment(code, payload, data[end:at])
        else:
            yield Segment(code, payload)


def _scan_end(data: bytes, at: int) -> int:
    """Return where compressed data ends."""
    for start in range(at, len(data) - 1, _BYTES_AT_ONCE):
        some = np.frombuffer(data, np.uint8, min(_BYTES_AT_ONCE + 1, len(data) - start), start)
        marks = np.flatnonzero(some[:-1] == 0xFF)  # noqa: PLR2004 (with which every marker begins)
        ends = marks[~_GOES_ON[some[marks + 1]]]
        if ends.size:
            return start + int(ends[0])
    return len(data)


def _marker(data: bytes, at: int) -> tuple[int, int] | None:
    """Return where the next segment's length begins and its marker code; None if no marker follows.

    Fill bytes and stray bytes before a marker are skipped, as decoders skip them, and so are not written.
    """
    found = _MARKER.search(data, at)
    return None if found is None else (found.end(), data[found.end() - 1])
