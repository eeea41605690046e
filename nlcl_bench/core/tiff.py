"""The directories of a TIFF structure, read with bounds: TIFF itself, most cameras' RAW files, and every EXIF block.

Only entries and their values are read, no picture. What points outside the bytes, or is larger than any photograph
needs, is passed over: a damaged structure has fewer entries, it is never an error.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = [
    "PHOTOMETRIC",
    "Directory",
    "Entry",
    "Piece",
    "byte_order",
    "directories",
    "first_directory",
    "linked",
    "numbers",
    "pieces",
    "written",
]

_MOST_DIRECTORIES = 64
_MOST_ENTRIES = 1024
_LONGEST_VALUE = 65536
_LONGEST_TABLE = 1024 * 1024  # of where the stripes or tiles of a picture lie

_HEADER = 8
_ENTRY = 12

# Bytes of one value by type: BYTE, ASCII, SHORT, LONG, RATIONAL, their signed kinds, UNDEFINED, FLOAT, DOUBLE, IFD.
_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}

_SHORT, _LONG, _IFD = 3, 4, 13
_COMPRESSION, _SUB_IFDS = 259, 330

PHOTOMETRIC = 262
"""The tag that tells what a picture's values mean."""

# Where stripes, tiles and an embedded JPEG start, and their lengths.
_PIECES = {273: 279, 324: 325, 513: 514}
_TABLES = frozenset({*_PIECES, *_PIECES.values()})


class Entry(NamedTuple):
    """One entry: the type and number of its values, and their bytes."""

    type: int
    number: int
    content: bytes


class Piece(NamedTuple):
    """A part of a picture: what it shows and how it is compressed, by TIFF's numbers, its offset, its length."""

    photometric: int
    compression: int
    start: int
    length: int


Directory = dict[int, Entry]
"""The entries of a directory by tag."""


def byte_order(data: bytes) -> str | None:
    r"""Return ``<`` or ``>`` as :mod:`struct` wants it, None if there is no TIFF header.

    >>> byte_order(b"II*\0"), byte_order(b"MM\0*"), byte_order(b"GIF8")
    ('<', '>', None)
    """
    return {b"II": "<", b"MM": ">"}.get(data[:2])


def first_directory(data: bytes) -> Directory:
    """Return the entries of the first directory by tag; empty where there is none."""
    order = byte_order(data)
    if order is None or len(data) < _HEADER:
        return {}
    return _directory(data, order, struct.unpack_from(order + "I", data, 4)[0])[0]


def linked(data: bytes, directory: Directory, tag: int) -> Directory:
    """Return the directory to which an entry points; empty where it points nowhere."""
    order = byte_order(data)
    offsets = numbers(directory, tag, order or "<")
    return {} if order is None or not offsets else _directory(data, order, offsets[0])[0]


def directories(data: bytes) -> Iterator[Directory]:
    """Yield the directories of a file one after the other, and those below them, each once."""
    order = byte_order(data)
    if order is None or len(data) < _HEADER:
        return
    ahead = [struct.unpack_from(order + "I", data, 4)[0]]
    seen: set[int] = set()
    while ahead and len(seen) < _MOST_DIRECTORIES:
        at = ahead.pop(0)
        if at in seen or not at:
            continue
        seen.add(at)
        found, following = _directory(data, order, at)
        ahead += [*numbers(found, _SUB_IFDS, order), following]
        yield found


def pieces(data: bytes) -> Iterator[Piece]:
    """Yield where the stripes, tiles and embedded JPEGs of all pictures of a file lie, or should lie."""
    order = byte_order(data) or "<"
    for directory in directories(data):
        photometric, compression = (sum(numbers(directory, tag, order)[:1]) for tag in (PHOTOMETRIC, _COMPRESSION))
        for starts, lengths in _PIECES.items():
            for start, length in zip(
                numbers(directory, starts, order), numbers(directory, lengths, order), strict=False
            ):
                yield Piece(photometric, compression, start, length)


def numbers(directory: Directory, tag: int, order: str) -> tuple[int, ...]:
    """Return the whole numbers of an entry; empty if it is missing or of another type."""
    entry = directory.get(tag)
    if entry is None or entry.type not in {_SHORT, _LONG, _IFD}:
        return ()
    letter = "H" if entry.type == _SHORT else "I"
    return struct.unpack(f"{order}{entry.number}{letter}", entry.content)


def written(order: str, first: Directory, links: Mapping[int, Directory] | None = None) -> bytes:
    """Return a TIFF structure of one directory, and of those to which it points.

    Args:
        order: The byte order in which the contents of the entries are.
        first: Its entries.
        links: Further directories, by the tag of the entry that is to point there.

    >>> first_directory(written("<", {271: Entry(2, 4, b"Acme")}))
    {271: Entry(type=2, number=4, content=b'Acme')}
    """
    body = struct.pack(order + "2sHI", b"II" if order == "<" else b"MM", 42, _HEADER)
    pointing = {tag: Entry(_LONG, 1, b"\0" * 4) for tag in links or {}}
    body += _packed(order, {**first, **pointing}, at=len(body))
    for tag, directory in (links or {}).items():
        place = body.index(struct.pack(order + "HHI", tag, _LONG, 1), _HEADER) + 8
        body = body[:place] + struct.pack(order + "I", len(body)) + body[place + 4 :]
        body += _packed(order, directory, at=len(body))
    return body


def _packed(order: str, directory: Directory, at: int) -> bytes:
    """Return a directory that lies at an offset, its long values behind it."""
    table, values = struct.pack(order + "H", len(directory)), b""
    behind = at + 2 + _ENTRY * len(directory) + 4
    for tag, entry in sorted(directory.items()):
        content = entry.content
        if len(content) > 4:  # noqa: PLR2004 (what is longer stands elsewhere)
            values += content + b"\0" * (len(content) % 2)
            content = struct.pack(order + "I", behind + len(values) - len(content) - len(content) % 2)
        table += struct.pack(order + "HHI", tag, entry.type, entry.number) + content.ljust(4, b"\0")
    return table + b"\0" * 4 + values


def _directory(data: bytes, order: str, at: int) -> tuple[Directory, int]:
    """Return the entries at an offset, and the offset of the following directory, 0 if there is none."""
    if at + 2 > len(data):
        return {}, 0
    (count,) = struct.unpack_from(order + "H", data, at)
    end = at + 2 + _ENTRY * count
    found: Directory = {}
    for place in range(at + 2, min(end, at + 2 + _ENTRY * _MOST_ENTRIES, len(data) - _ENTRY + 1), _ENTRY):
        tag, entry = _entry(data, order, place)
        if entry is not None:
            found.setdefault(tag, entry)
    following = struct.unpack_from(order + "I", data, end)[0] if end + 4 <= len(data) else 0
    return found, following


def _entry(data: bytes, order: str, place: int) -> tuple[int, Entry | None]:
    tag, type_, count, offset = struct.unpack_from(order + "HHII", data, place)
    length = _SIZES.get(type_, 0) * count
    if not 0 < length <= (_LONGEST_TABLE if tag in _TABLES else _LONGEST_VALUE):
        return tag, None
    start = place + 8 if length <= 4 else offset  # noqa: PLR2004 (what fits into the offset stands there)
    content = data[start : start + length]
    return tag, Entry(type_, count, content) if len(content) == length else None
