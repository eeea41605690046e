"""WebP without metadata, chunk by chunk (RFC 9649, section 2): what is not on the list goes."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from collection_tools.metadata.tiff import orientation_block
from nlcl_bench.core.errors import ImageError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["animated", "exif", "strip"]

_HEADER = 12
_FLAGS = 20  # where the features, if there are any, start
_FEATURES, _PROFILE, _ALPHA, _EXIF = b"VP8X", b"ICCP", b"ALPH", b"EXIF"
_PICTURES = (b"VP8 ", b"VP8L")

# Bits of the first byte of the features.
_HAS_PROFILE, _HAS_ALPHA, _HAS_EXIF, _IS_ANIMATED = 0x20, 0x10, 0x08, 0x02
_FEATURES_LENGTH = 10


def animated(data: bytes) -> bool:
    """Tell whether a WebP file says that it is an animation."""
    return (
        data[_HEADER : _HEADER + 4] == _FEATURES
        and data[_FLAGS : _FLAGS + 1] > b""
        and bool(data[_FLAGS] & _IS_ANIMATED)
    )


def strip(data: bytes, orientation: int, *, where: str) -> bytes:
    """Return the file with only what its picture needs.

    Args:
        data: A WebP file that is no animation.
        orientation: The EXIF orientation to write if it is not 1.
        where: The file's name for error messages.

    Raises:
        ImageError: The chunks are damaged, there is no picture, or it is an animation.
    """
    found: dict[bytes, bytes] = {}
    for kind, content in _chunks(data, where):
        found.setdefault(kind, content)
        if kind in _PICTURES:
            break  # what follows is metadata
    picture = next((kind for kind in _PICTURES if kind in found), None)
    if picture is None or animated(data):
        raise ImageError("holds no still picture", where=where, fix="copy it again from its source")
    kept = [_chunk(kind, found[kind]) for kind in (_PROFILE, _ALPHA, picture) if kind in found]
    if _FEATURES in found:
        kept.insert(0, _features(found, orientation, where))
        if orientation != 1:
            kept.append(_chunk(_EXIF, orientation_block(orientation)))
    body = b"WEBP" + b"".join(kept)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def exif(data: bytes) -> bytes:
    """Return the EXIF block as it stands there; empty if there is none.

    Raises:
        ImageError: The chunks before it are damaged.
    """
    return next((content for kind, content in _chunks(data, "EXIF") if kind == _EXIF), b"")


def _features(found: dict[bytes, bytes], orientation: int, where: str) -> bytes:
    """Return the chunk that says what the file holds: the profile and orientation that are there, alpha as before."""
    content = found[_FEATURES]
    if len(content) < _FEATURES_LENGTH:
        raise ImageError("has damaged WebP chunks", where=where, fix="copy it again from its source")
    flags = content[0] & _HAS_ALPHA
    flags |= _HAS_PROFILE if _PROFILE in found else 0
    flags |= _HAS_EXIF if orientation != 1 else 0
    return _chunk(_FEATURES, bytes([flags, 0, 0, 0]) + content[4:_FEATURES_LENGTH])


def _chunk(kind: bytes, content: bytes) -> bytes:
    return kind + struct.pack("<I", len(content)) + content + b"\0" * (len(content) % 2)


def _chunks(data: bytes, where: str) -> Iterator[tuple[bytes, bytes]]:
    """Yield kind and content of every chunk that the file's own length covers."""
    end = min(len(data), 8 + int.from_bytes(data[4:8], "little"))
    at = _HEADER
    while at + 8 <= end:
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        if at + 8 + size > end:
            raise ImageError("has damaged WebP chunks", where=where, fix="copy it again from its source")
        yield data[at : at + 4], data[at + 8 : at + 8 + size]
        at += 8 + size + size % 2
