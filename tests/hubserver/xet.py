"""The folder in which the real Xet client keeps what it uploads when it is given a `local://` address.

The client splits files into chunks, packs chunks into xorbs, and describes files in shards (`*.mdb`): for each file its
hash, the stretches of xorbs that make it up, and its SHA-256. The formats are those of the Internet-Draft
draft-denis-xet, sections on xorbs and shards; hashes are written as four little-endian numbers of 64 bits.
The client locks its folder, so one process at a time can upload or download this way.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

RECORD, HEADER = 48, 48
WITH_VERIFICATION, WITH_METADATA = 1 << 31, 1 << 30
END = b"\xff" * 32
PLAIN, LZ4, GROUPED_LZ4 = range(3)


@dataclass(frozen=True)
class Upload:
    """A file that the client uploaded: stretches are (xorb, first chunk, chunk after the last)."""

    hash: str
    stretches: tuple[tuple[str, int, int], ...]


class Xet:
    """The client's store."""

    def __init__(self, root: Path):
        self.root = root
        self.read: set[Path] = set()
        self.uploads: dict[str, Upload] = {}

    @property
    def address(self) -> str:
        """Return what the client is given as the address of its server."""
        return f"local://{self.root}"

    def find(self, sha256: str) -> Upload | None:
        """Return the upload of a file by its SHA-256."""
        if sha256 not in self.uploads:
            for shard in sorted(set(self.root.glob("xet/xorbs/shards/*.mdb")) - self.read):
                self.uploads.update(files_of(shard.read_bytes()))
                self.read.add(shard)
        return self.uploads.get(sha256)

    def blocks(self, upload: Upload) -> Iterator[bytes]:
        """Yield the bytes of a file."""
        for xorb, first, end in upload.stretches:
            path = self.root / "xet" / "xorbs" / "xorbs" / f"default.{xorb}"
            with path.open("rb") as stream:
                for start, length, scheme, size in chunks_of(path)[first:end]:
                    stream.seek(start)
                    yield unpacked(stream.read(length), scheme, size)


def number(raw: bytes) -> str:
    """Write 32 bytes in the way that Xet writes hashes."""
    return "".join(f"{part:016x}" for part in struct.unpack("<4Q", raw))


def files_of(shard: bytes) -> Iterator[tuple[str, Upload]]:
    """Yield (SHA-256, upload) of each file that a shard describes."""
    at = HEADER
    while shard[at : at + 32] != END:
        flags, count = struct.unpack_from("<II", shard, at + 32)
        name, stretches = number(shard[at : at + 32]), []
        for start in range(at + RECORD, at + RECORD * (count + 1), RECORD):
            first, end = struct.unpack_from("<II", shard, start + 40)
            stretches.append((number(shard[start : start + 32]), first, end))
        at += RECORD * (1 + count * (2 if flags & WITH_VERIFICATION else 1))
        if flags & WITH_METADATA:
            yield number(shard[at : at + 32]), Upload(name, tuple(stretches))
            at += RECORD


@lru_cache(maxsize=256)
def chunks_of(xorb: Path) -> list[tuple[int, int, int, int]]:
    """Return (start, stored length, scheme, size) of each chunk of a xorb; a footer begins where chunks end."""
    found, at = [], 0
    with xorb.open("rb") as stream:
        while (head := stream.read(8)) and head[0] == 0:
            length, scheme, size = int.from_bytes(head[1:4], "little"), head[4], int.from_bytes(head[5:8], "little")
            found.append((at + 8, length, scheme, size))
            at += 8 + length
            stream.seek(at)
    return found


def unpacked(data: bytes, scheme: int, size: int) -> bytes:
    """Return a chunk's bytes; grouped means first bytes of all groups of four, then second ones, and so on."""
    if scheme == PLAIN:
        return data
    import pyarrow as pa  # the standard library has no LZ4

    whole = pa.decompress(data, size, codec="lz4", asbytes=True)
    if scheme == LZ4:
        return whole
    result, at = bytearray(size), 0
    for place in range(4):
        length = len(range(place, size, 4))
        result[place::4] = whole[at : at + length]
        at += length
    return bytes(result)
