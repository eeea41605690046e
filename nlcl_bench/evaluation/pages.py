"""What a Parquet file of a stranger unpacks to, from the headers of its pages; nothing is unpacked for it.

A footer says how large a column is, and may lie. What a reader makes room for stands before each page: it unpacks a
page into exactly so many bytes, or fails. Some encodings grow once more after that (``DELTA_BYTE_ARRAY`` repeats the
text before it, a million times from a few bytes); those are refused. The format is that of
https://parquet.apache.org/docs/file-format/, its headers are in Thrift's compact protocol.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, BinaryIO

from nlcl_bench.core.errors import RunError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pyarrow.parquet as pq

    Fields = dict[int, "int | Fields"]

__all__ = ["check_pages"]

_MOST_PAGES = 20_000
_LONGEST_HEADER = 65_536
_DEEPEST = 8
_STOP, _TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _LIST, _SET, _STRUCT = 0, 1, 2, 3, 7, 8, 9, 10, 12
_INTEGERS = range(4, 7)
_UNPACKED, _PACKED = 2, 3
_ENCODINGS = ((5, 2), (7, 2), (8, 4))  # of a data page, a dictionary and a data page of the second kind
_PLAIN_ONES = frozenset({0, 2, 3, 4, 8})  # plain, dictionaries, runs and packed bits: they only shrink
_FIX = "evaluate again with nlcl-bench, and do not edit the files"


def check_pages(path: Path, footer: pq.FileMetaData, most: int) -> None:
    """Refuse a file whose pages unpack to too much, or whose headers cannot be read.

    Args:
        path: The file.
        footer: Its footer, which says where columns begin and end.
        most: Bytes that all pages together may have.

    Raises:
        RunError: It does.
    """
    whole = 0
    with path.open("rb") as file:
        for number, header in enumerate(_headers(file, footer), start=1):
            whole += _whole(header, _UNPACKED)
            if number > _MOST_PAGES or whole > most:
                raise RunError(f"{path.name} unpacks to more than {most:,} bytes", fix=_FIX)
            for place, field in _ENCODINGS:
                inner = header.get(place)
                if isinstance(inner, dict) and inner.get(field) not in _PLAIN_ONES:
                    raise RunError(f"{path.name} packs a column in a way that is not taken from strangers", fix=_FIX)


def _headers(file: BinaryIO, footer: pq.FileMetaData) -> Iterator[Fields]:
    """Yield the header of every page."""
    for group in range(footer.num_row_groups):
        for column in range(footer.num_columns):
            chunk = footer.row_group(group).column(column)
            begin = chunk.data_page_offset
            if chunk.has_dictionary_page and 0 < chunk.dictionary_page_offset < begin:
                begin = chunk.dictionary_page_offset
            if not chunk.num_values:  # a reader looks for no page then
                continue
            if begin < 0:
                raise _broken()
            end = begin + chunk.total_compressed_size
            while begin < end:
                file.seek(begin)
                read = _Compact(file.read(_LONGEST_HEADER))
                header = read.struct()
                yield header
                begin += read.place + _whole(header, _PACKED)


def _whole(header: Fields, field: int) -> int:
    value = header.get(field)
    if not isinstance(value, int) or value < 0:
        raise _broken()
    return value


def _broken() -> RunError:
    return RunError("scores.parquet has a page whose header cannot be read", fix="copy it again, or evaluate again")


class _Compact:
    """Reads one struct of Thrift's compact protocol: whole numbers and structs are kept, the rest is passed over."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.place = 0

    def struct(self, depth: int = 0) -> Fields:
        """Return the fields of a struct by their numbers."""
        if depth > _DEEPEST:
            raise _broken()
        fields: Fields = {}
        number = 0
        while (head := self._byte()) != _STOP:
            number = number + (head >> 4) if head >> 4 else self._zigzag()
            value = self._value(head & 15, depth)
            if value is not None:
                fields[number] = value
        return fields

    def _value(self, kind: int, depth: int) -> int | Fields | None:
        if kind in _INTEGERS:
            return self._zigzag()
        if kind == _STRUCT:
            return self.struct(depth + 1)
        if kind in {_LIST, _SET}:
            self._items(depth)
        elif kind in {_BYTE, _DOUBLE, _BINARY}:
            self._skip({_BYTE: 1, _DOUBLE: 8}.get(kind) or self._varint())
        elif kind not in {_TRUE, _FALSE}:
            raise _broken()
        return None

    def _items(self, depth: int) -> None:
        if depth > _DEEPEST:
            raise _broken()
        head = self._byte()
        kind, size = head & 15, head >> 4
        if size == 15:  # noqa: PLR2004 (longer lists say how long in a number of their own)
            size = self._varint()
        for _ in range(size):
            if kind in {_TRUE, _FALSE}:
                self._skip(1)
            else:
                self._value(kind, depth + 1)

    def _skip(self, size: int) -> None:
        self.place += size
        if self.place > len(self.data):
            raise _broken()

    def _byte(self) -> int:
        self._skip(1)
        return self.data[self.place - 1]

    def _varint(self) -> int:
        value = shift = 0
        while True:
            byte = self._byte()
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:  # noqa: PLR2004 (the last byte of a number has no high bit)
                return value
            if shift > 63:  # noqa: PLR2004 (no number has more bits)
                raise _broken()

    def _zigzag(self) -> int:
        value = self._varint()
        return (value >> 1) ^ -(value & 1)
