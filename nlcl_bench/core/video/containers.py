"""Containers of video, told by their first bytes; and one that libav reads to its end without a word if it breaks off.

Matroska (RFC 9559) is a tree of elements, each an id, a length and a content (RFC 8794): a header, then one segment
that holds all else and says how long it is. A segment of unknown length, as live recorders write it, tells nothing.
"""

from __future__ import annotations

from typing import IO

__all__ = ["FIRST_BYTES", "breaks_off", "container"]

FIRST_BYTES = 400
"""How many bytes tell a container."""

_HEADER, _SEGMENT = b"\x1a\x45\xdf\xa3", b"\x18\x53\x80\x67"
_TS_PACKET, _TS_SYNC = 188, 0x47
_LONGEST = 8  # bytes of a length


def container(first: bytes) -> str | None:
    """Return libav's name of a container by a file's first bytes; None if it is none that is read.

    >>> container(bytes(4) + b"ftypisom"), container(b"#EXTM3U")
    ('mov', None)
    """
    if first[4:8] in {b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"}:
        return "mov"
    if first.startswith(_HEADER):
        return "matroska"
    if first.startswith(b"RIFF") and first[8:12] == b"AVI ":
        return "avi"
    for lead in (0, 4):  # the second: as on discs, with four bytes of time before each packet
        if first[lead :: lead + _TS_PACKET][:2] == bytes([_TS_SYNC] * 2):
            return "mpegts"
    return None


def breaks_off(file: IO[bytes], size: int) -> bool:
    """Tell whether a file of so many bytes is a Matroska file that says it is longer."""
    file.seek(0)
    if file.read(len(_HEADER)) != _HEADER:
        return False
    header = _length(file)
    if header is None or file.seek(header, 1) > size or file.read(len(_SEGMENT)) != _SEGMENT:
        return False
    segment = _length(file)
    return segment is not None and file.tell() + segment > size


def _length(file: IO[bytes]) -> int | None:
    """Read a length: as many bytes as the first has leading zeros, and one; all ones mean that it is not known."""
    first = file.read(1)
    if not first or not first[0]:
        return None
    count = _LONGEST + 1 - first[0].bit_length()
    known = (1 << 7 * count) - 1
    length = int.from_bytes(first + file.read(count - 1)) & known
    return None if length == known else length
