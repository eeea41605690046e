"""Damaged and hostile copies of sound files, the same for the same seed."""

from __future__ import annotations

import random
import struct
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["mutants"]

# Where parsers go wrong: nothing, one, the ends of the signed and unsigned numbers, and what overflows when multiplied.
_NUMBERS = (0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0xFFFF, 0x10000, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFE, 0xFFFFFFFF)

# Headers, directories and tables stand at either end.
_EDGE = 768

_PNG = b"\x89PNG\r\n\x1a\n"
_REPAIRED = 0.7


def mutants(files: Mapping[str, bytes], count: int, seed: int) -> Iterator[tuple[str, bytes]]:
    """Yield ``count`` names and contents, the sound files by turns."""
    names = sorted(files)
    for number in range(count):
        name = names[number % len(names)]
        rng = random.Random(f"{seed}/{number}")  # noqa: S311 (to be repeatable is the point)
        data = files[name]
        for _ in range(rng.choice((1, 1, 1, 2, 3))):
            data = rng.choice(_WAYS)(data, files, rng)
        if rng.random() < _REPAIRED:
            data = _with_checksums(data)
        yield f"{number:06d}-{name}", data


def _place(data: bytes, rng: random.Random) -> int:
    """Return a place in the file, more often near its ends."""
    if not data:
        return 0
    reach = min(len(data), _EDGE)
    where = rng.random()
    if where < 0.5:
        return rng.randrange(reach)
    return len(data) - 1 - rng.randrange(reach) if where < 0.7 else rng.randrange(len(data))


def _cut(data: bytes, _: Mapping[str, bytes], rng: random.Random) -> bytes:
    return data[: _place(data, rng)]


def _flip(data: bytes, _: Mapping[str, bytes], rng: random.Random) -> bytes:
    changed = bytearray(data)
    for _again in range(rng.randint(1, 12) if data else 0):
        changed[_place(data, rng)] ^= 1 << rng.randrange(8)
    return bytes(changed)


def _number(data: bytes, _: Mapping[str, bytes], rng: random.Random) -> bytes:
    """Put an extreme number where a length, an offset or a size may stand."""
    letter = rng.choice("BHHIII")
    size = struct.calcsize(letter)
    content = struct.pack(rng.choice("<>") + letter, rng.choice(_NUMBERS) & ((1 << 8 * size) - 1))
    at = _place(data, rng)
    return data[:at] + content + data[at + size :]


def _swap(data: bytes, _: Mapping[str, bytes], rng: random.Random) -> bytes:
    a, b, c, d = sorted(_place(data, rng) for _again in range(4))
    return data[:a] + data[c:d] + data[b:c] + data[a:b] + data[d:]


def _repeat(data: bytes, _: Mapping[str, bytes], rng: random.Random) -> bytes:
    a, b = sorted((_place(data, rng), _place(data, rng)))
    return data[:b] + data[a:b] * rng.randint(1, 40) + data[b:]


def _lose(data: bytes, _: Mapping[str, bytes], rng: random.Random) -> bytes:
    a, b = sorted((_place(data, rng), _place(data, rng)))
    return data[:a] + data[b:]


def _splice(data: bytes, files: Mapping[str, bytes], rng: random.Random) -> bytes:
    other = files[rng.choice(sorted(files))]
    return data[: _place(data, rng)] + other[_place(other, rng) :]


def _insert(data: bytes, files: Mapping[str, bytes], rng: random.Random) -> bytes:
    other = files[rng.choice(sorted(files))]
    a, b = sorted((_place(other, rng), _place(other, rng)))
    at = _place(data, rng)
    return data[:at] + other[a:b] + data[at:]


def _with_checksums(data: bytes) -> bytes:
    """Put right the checksums of a PNG, which would keep its damage from the decoder; leave other files as they are."""
    changed = bytearray(data)
    at = len(_PNG)
    while data.startswith(_PNG) and at + 12 <= len(data):
        end = at + 8 + int.from_bytes(data[at : at + 4], "big")
        changed[end : end + 4] = struct.pack(">I", zlib.crc32(data[at + 4 : end]))[: max(0, len(data) - end)]
        at = end + 4
    return bytes(changed)


_WAYS = (_cut, _flip, _flip, _number, _number, _number, _swap, _repeat, _lose, _splice, _insert)
