"""Zip archives: what they hold, and the bytes of one member, with the precautions that strangers' archives ask for."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
from typing import TYPE_CHECKING

from collection_tools.collect import found
from collection_tools.collect.found import DAMAGED, Packed, read_packed, refuse_large
from nlcl_bench.core.errors import ImageError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

__all__ = ["ZipArchive"]

# A directory of that size names a good million members, of which Python then holds some 500 bytes each.
_LARGEST_DIRECTORY = 64 * 1024 * 1024

# Photographs hardly shrink; members that lie over each other, or are nothing but zeros, shrink a thousandfold.
_MOST_EXPANSION = 200

_CHUNK = 1024 * 1024

# Of the other methods the zip reader unpacks as much at once as there is, however much.
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}

_ENCRYPTED = 0x1

# The archive ends with a record of 22 bytes and a comment of up to 65535.
_END = b"PK\x05\x06"
_LONGEST_END = 22 + 0xFFFF

# What the zip reader is known to raise on damaged archives.
_DAMAGED = (zipfile.BadZipFile, *DAMAGED)


class ZipArchive:
    """An open zip archive.

    Args:
        path: The archive.

    Attributes:
        damage: Why some members may be missing, None if none is.
        read_ahead: Zero: going back costs nothing.

    Raises:
        ImageError: It is no zip archive that can be read.
    """

    read_ahead = 0

    def __init__(self, path: Path) -> None:
        try:
            size = path.stat().st_size
            self._stream = _Bounded(path.open("rb", buffering=0))
        except OSError as error:
            raise ImageError(f"cannot be read: {error.strerror}") from error
        try:
            self._zip = zipfile.ZipFile(self._stream)
            _refuse_bomb(self._zip.infolist(), size)
            self.damage = _missing(self._stream, size, len(self._zip.infolist()))
        except _DAMAGED as error:
            self._stream.close()
            raise ImageError(f"is a damaged zip archive: {error}") from error
        except ImageError:
            self._stream.close()
            raise

    def members(self) -> Iterator[Packed]:
        """Yield every member that is no folder, as they lie in the archive."""
        for number, info in enumerate(self._zip.infolist()):
            if not info.filename.endswith("/"):
                yield Packed(info.filename, number, info.file_size, _refusal(info))

    def read(self, place: int, size: int) -> bytes:
        """Return the bytes of one member, by its place in the archive and its size.

        Raises:
            ImageError: It is too large, damaged, or packed in a way that is not known.
        """
        refuse_large(size)
        try:
            with self._zip.open(self._zip.infolist()[place]) as member:
                return read_packed(member, size, at_once=_CHUNK)
        except _DAMAGED as error:
            raise ImageError(f"is damaged in its archive: {error}") from error

    def close(self) -> None:
        """Close the file."""
        self._zip.close()
        self._stream.close()


class _Bounded(io.BufferedReader):
    """A file that is never read in larger pieces than a directory may be."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is None or size < 0:  # asked of the end record only
            return super().read(_LONGEST_END)
        if size > _LARGEST_DIRECTORY:
            raise ImageError(f"has a directory of more than {_LARGEST_DIRECTORY >> 20} MiB; split it")
        return super().read(size)


def _refuse_bomb(members: list[zipfile.ZipInfo], size: int) -> None:
    unpacked = sum(one.file_size for one in members if one.file_size <= found.LARGEST_FILE)
    if unpacked > max(found.LARGEST_FILE, _MOST_EXPANSION * size):
        raise ImageError(f"expands more than {_MOST_EXPANSION}-fold, which photographs do not")


def _missing(stream: io.BufferedReader, size: int, members: int) -> str | None:
    """The zip reader follows the directory to its end, whatever number of members the end record promises."""
    stream.seek(max(0, size - _LONGEST_END))
    end = stream.read(_LONGEST_END)
    (promised,) = struct.unpack_from("<H", end, end.rindex(_END) + 10)
    if promised in {0xFFFF, members & 0xFFFF}:  # the former says that it is written elsewhere
        return None
    return f"is a damaged zip archive: it promises {promised} members and names {members}"


def _refusal(info: zipfile.ZipInfo) -> str | None:
    if info.flag_bits & _ENCRYPTED:
        return "is encrypted"
    if info.compress_type not in _METHODS:
        return "is packed by another method than deflate"
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind == stat.S_IFLNK:
        return "is a link in an archive"
    return None if kind in {0, stat.S_IFREG} else "is a device, pipe or socket"
