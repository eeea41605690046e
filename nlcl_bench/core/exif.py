"""What a camera wrote about a photograph, carried over to the picture that is made from it.

The block is copied byte by byte, so that nothing in it is lost, makers' notes with offsets of their own included; only
what would no longer be true is changed in place: the orientation, the size, the colour space, the small picture.
"""

from __future__ import annotations

import io
import struct
import warnings
from typing import TYPE_CHECKING

from PIL import Image

from nlcl_bench.core.heif import heif_exif
from nlcl_bench.core.tiff import byte_order, first_directory, linked, numbers, written

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nlcl_bench.core.kinds import Kind

__all__ = ["exif_of", "made_true", "orientation_of", "profile_of"]

_ORIENTATION, _EXIF, _GPS = 274, 34665, 34853
_COLOUR_SPACE, _WIDTH, _HEIGHT = 0xA001, 0xA002, 0xA003
_SRGB, _UPRIGHT = 1, 1

# Of a TIFF's own directory, what is said of the photograph: words, maker, resolution, time, author, rights.
_DESCRIPTIVE = frozenset({270, 271, 272, 274, 282, 283, 296, 305, 306, 315, 33432})

_SHORT, _LONG = 3, 4
_HEADER, _ENTRY, _MOST_ENTRIES = 8, 12, 1024


def exif_of(data: bytes, kind: Kind) -> bytes:
    """Return the EXIF block of a photograph, from its TIFF header on; empty if there is none to be found.

    Args:
        data: The file.
        kind: What kind of file it is.
    """
    if kind == "HEIF":
        block = heif_exif(data)
    elif kind in {"TIFF", "RAW"}:
        block = _of_tiff(data)
    else:
        block = _said(data, kind, "exif").removeprefix(b"Exif\0\0")
    return block if first_directory(block) else b""


def profile_of(data: bytes, kind: Kind) -> bytes | None:
    """Return the ICC profile in a file that Pillow reads; None if there is none."""
    return _said(data, kind, "icc_profile") or None


def _said(data: bytes, kind: Kind, what: str) -> bytes:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns of odd metadata
        with Image.open(io.BytesIO(data), formats=[kind]) as image:
            found = image.info.get(what)
    return found if isinstance(found, bytes) else b""


def _of_tiff(data: bytes) -> bytes:
    """Return a block made of what a TIFF says about its picture, without what it says about its pixels."""
    first = first_directory(data)
    links = {tag: directory for tag in (_EXIF, _GPS) if (directory := linked(data, first, tag))}
    kept = {tag: entry for tag, entry in first.items() if tag in _DESCRIPTIVE}
    return written(byte_order(data) or "<", kept, links) if kept or links else b""


def orientation_of(block: bytes) -> int:
    """Return how the stored picture is to be turned, 1 to 8 as EXIF has it; 1 if nothing is said."""
    found = numbers(first_directory(block), _ORIENTATION, byte_order(block) or "<")
    return found[0] if found and found[0] in range(1, 9) else _UPRIGHT


def made_true(block: bytes, size: tuple[int, int], *, srgb: bool) -> bytes:
    """Return a block that says of a derained picture what is true of it.

    Args:
        block: The block of the photograph.
        size: Width and height of the picture, which stands upright.
        srgb: Whether it is in sRGB.
    """
    order = byte_order(block)
    if order is None or len(block) < _HEADER:
        return b""
    body = bytearray(block)
    (first,) = struct.unpack_from(order + "I", block, 4)
    end = _set(body, order, first, {_ORIENTATION: _UPRIGHT})
    if end + 4 <= len(body):
        struct.pack_into(order + "I", body, end, 0)  # no second directory: its small picture shows the rain
    deeper = numbers(first_directory(block), _EXIF, order)
    if deeper:
        true = {_WIDTH: size[0], _HEIGHT: size[1], **({_COLOUR_SPACE: _SRGB} if srgb else {})}
        _set(body, order, deeper[0], true)
    return bytes(body)


def _set(body: bytearray, order: str, at: int, values: Mapping[int, int]) -> int:
    """Set whole numbers of a directory in place, where it has them, and return where its entries end."""
    if at + 2 > len(body):
        return len(body)
    count: int = struct.unpack_from(order + "H", body, at)[0]
    for place in range(at + 2, min(at + 2 + _ENTRY * min(count, _MOST_ENTRIES), len(body) - _ENTRY + 1), _ENTRY):
        tag, kind, number = struct.unpack_from(order + "HHI", body, place)
        if tag in values and number == 1 and kind in {_SHORT, _LONG}:
            struct.pack_into(f"{order}H2x" if kind == _SHORT else f"{order}I", body, place + 8, values[tag])
    return at + 2 + _ENTRY * count
