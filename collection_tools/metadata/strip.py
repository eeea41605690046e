"""One door to the removal of metadata, with its proof.

What stays: the compressed picture bit for bit, its colour profile, and an EXIF block that holds the orientation
and nothing else, where the picture is not upright without it.
"""

from __future__ import annotations

import io
import struct
import warnings
from typing import TYPE_CHECKING, Literal

from PIL import Image

from collection_tools.metadata import jpeg, png, webp
from nlcl_bench.core.errors import ImageError
from nlcl_bench.core.kinds import kind_of

if TYPE_CHECKING:
    from nlcl_bench.core.kinds import Kind

__all__ = ["STRIPPED", "orientation", "strip_metadata"]

STRIPPED: dict[Kind | None, Literal["jpg", "png", "webp"]] = {"JPEG": "jpg", "PNG": "png", "WEBP": "webp"}
"""The kinds of file whose metadata can be removed without encoding the picture again, and the endings of their names;
a WebP animation is none of them."""

_ORIENTATION_TAG = 0x0112

# The chunks of a PNG that may hold it. They may follow the pixels, which then have to be decoded to get there.
_MAY_TURN = (b"eXIf", b"tEXt", b"zTXt", b"iTXt")

# What Pillow is known to raise on damaged metadata; such an orientation is ignored when decoding, too.
_DAMAGED = (OSError, SyntaxError, ValueError, LookupError, TypeError, AttributeError, EOFError, struct.error)


def strip_metadata(data: bytes, *, where: str) -> bytes:
    """Return a JPEG, PNG or WebP file without metadata: same compressed picture, colour profile and orientation.

    What was written is parsed again: if a second pass would still remove something, the file is refused.

    Args:
        data: The bytes of a JPEG (also MPO), PNG or WebP file.
        where: The file's name for error messages.

    Raises:
        ImageError: It is none of these, it is damaged, or something of its metadata would be left.
    """
    once = _strip(data, where)
    if _strip(once, where) != once:
        raise ImageError("metadata cannot be removed for certain", where=where, fix="save it again without metadata")
    return once


def _strip(data: bytes, where: str) -> bytes:
    kind = kind_of(data)
    if kind == "JPEG":
        return jpeg.strip(data, orientation(data), where=where)
    if kind == "PNG":
        return png.strip(data, orientation(data), where=where)
    if kind == "WEBP":
        return webp.strip(data, orientation(data), where=where)
    raise ImageError("is neither JPEG, PNG nor WebP", where=where, fix="convert it, keeping the original")


def orientation(data: bytes) -> int:
    """Return the EXIF orientation by which viewers turn the picture, 1 (upright) to 8; 1 where none is readable.

    It is Pillow's reading, which also looks into XMP and PNG text: the picture must turn as it did when it was
    collected.
    """
    if data.startswith(png.SIGNATURE) and not any(kind in data for kind in _MAY_TURN):
        return 1
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns of odd metadata; only the orientation counts here
        try:
            with Image.open(io.BytesIO(data), formats=tuple(kind for kind in STRIPPED if kind)) as image:
                if image.format == "PNG":
                    image.load()
                value = image.getexif().get(_ORIENTATION_TAG, 1)
        except _DAMAGED:
            return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1  # noqa: PLR2004 (EXIF knows eight)
