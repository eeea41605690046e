"""Tar archives, plain or packed with gzip, bzip2 or xz: what they hold, and the bytes of one member.

A tar has no directory, so it is read through once for its headers. Only names, places and sizes are kept of them.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import tarfile
from typing import IO, TYPE_CHECKING, Any, cast

from collection_tools.collect import found
from collection_tools.collect.found import DAMAGED, Packed, read_packed, refuse_large
from nlcl_bench.core.errors import ImageError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

__all__ = ["TarArchive"]

_MOST_MEMBERS = 1_000_000
_LONGEST_HEADER = 1024 * 1024
_LONGEST_END = 64 * 1024 * 1024
_READ_AHEAD = 128 * 1024 * 1024

# Photographs hardly shrink; what expands further is a bomb, and is not unpacked to its end.
_MOST_EXPANSION = 200

# An xz file says how much memory unpacking it takes; its strongest setting asks for 65 MiB.
_XZ_MEMORY = 256 * 1024 * 1024

_CHUNK = 1024 * 1024
_BLOCK = 512

_XZ = b"\xfd7zXZ\0"
_PACKINGS: dict[bytes, Callable[[Path], Any]] = {
    b"\x1f\x8b": gzip.GzipFile,
    b"BZh": bz2.BZ2File,
    _XZ: lzma.LZMAFile,
}

# What the tar reader and the decompressors are known to raise on damaged archives.
_DAMAGED = (tarfile.TarError, lzma.LZMAError, *DAMAGED)


class TarArchive:
    """An open tar archive.

    Args:
        path: The archive.

    Attributes:
        damage: Why it could not be read to its end, None if it could; known after :meth:`members`.
        read_ahead: How many bytes are worth reading ahead, because going back costs much.

    Raises:
        ImageError: It cannot be opened.
    """

    def __init__(self, path: Path) -> None:
        self.damage: str | None = None
        try:
            self._stream, packed = _unpacking(path)
            self._limit = max(found.LARGEST_FILE, _MOST_EXPANSION * path.stat().st_size) if packed else None
        except OSError as error:
            raise ImageError(f"cannot be read: {error.strerror}") from error
        except lzma.LZMAError as error:
            raise ImageError(f"is a damaged tar archive: {error}") from error
        self.read_ahead = _READ_AHEAD if packed else 0

    def members(self) -> Iterator[Packed]:
        """Yield every member that is no folder, as they lie in the archive."""
        headers = _Headers(self._stream)
        try:
            headers.left = _LONGEST_HEADER
            with tarfile.TarFile(fileobj=cast("IO[bytes]", headers)) as tar:
                for member in self._headers(tar, headers):
                    if not member.isdir():
                        yield Packed(member.name, member.offset_data, member.size, _refusal(member))
        except _DAMAGED as error:
            self.damage = f"is a damaged tar archive: {str(error) or 'it cannot be read to its end'}"

    def _headers(self, tar: Any, headers: _Headers) -> Iterator[tarfile.TarInfo]:
        end = -1
        for _ in range(_MOST_MEMBERS):
            headers.left = _LONGEST_HEADER
            member = tar.next()
            if member is None:
                headers.refuse_no_end(tar.offset)
                return
            if member.offset <= end or member.size < 0:
                raise tarfile.ReadError("its headers lead backwards")
            end = member.offset
            yield member
            if self._limit is not None and max(tar.offset, member.offset_data + member.size) > self._limit:
                raise tarfile.ReadError(f"it expands more than {_MOST_EXPANSION}-fold, the rest is not read")
            tar.members.clear()  # else it keeps all headers
            tar.pax_headers.clear()
        raise tarfile.ReadError(f"it holds more than {_MOST_MEMBERS} members, the rest is not read")

    def read(self, place: int, size: int) -> bytes:
        """Return the bytes of one member, by its place in the archive and its size.

        Raises:
            ImageError: It is too large, damaged, or the archive ends within it.
        """
        refuse_large(size)
        try:
            self._stream.seek(place)
            return read_packed(self._stream, size, at_once=_CHUNK)
        except _DAMAGED as error:
            raise ImageError(f"is damaged in its archive: {error}") from error

    def close(self) -> None:
        """Close the file."""
        self._stream.close()


class _Headers:
    """A stream for the tar reader, which reads whatever a header says: only so many bytes a member."""

    def __init__(self, stream: IO[bytes]) -> None:
        self._stream = stream
        self.left = 0
        self.tell = stream.tell
        self.seek = stream.seek

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= self.left:
            raise tarfile.ReadError(f"a header is longer than {_LONGEST_HEADER >> 20} MiB")
        self.left -= size
        return self._stream.read(size)

    def refuse_no_end(self, offset: int) -> None:
        """The tar reader takes any odd header for the end; of an archive that is whole only zeros are left then."""
        self._stream.seek(offset)
        rest = 0
        while piece := self._stream.read(_CHUNK):
            rest += len(piece)
            if rest > _LONGEST_END or piece.strip(b"\0"):
                raise tarfile.ReadError("a header is damaged, the rest cannot be read")
        if rest < _BLOCK:
            raise tarfile.ReadError("it breaks off")


def _unpacking(path: Path) -> tuple[IO[bytes], bool]:
    """Open an archive by its first bytes; tell whether it is packed."""
    with path.open("rb") as file:
        first = file.read(_BLOCK)
    if first.startswith(_XZ):
        lzma.LZMADecompressor(memlimit=_XZ_MEMORY).decompress(first, max_length=1)
    for signature, unpacking in _PACKINGS.items():
        if first.startswith(signature):
            return unpacking(path), True
    return path.open("rb"), False


def _refusal(member: tarfile.TarInfo) -> str | None:
    if member.issym() or member.islnk():
        return "is a link in an archive"
    if member.ischr() or member.isblk() or member.isfifo():
        return "is a device, pipe or socket"
    if member.issparse() or not member.isreg():
        return "is of a kind that is not read from archives"
    return None
