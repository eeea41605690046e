"""How a photograph was taken: the only door to exifread, and an allow-list.

What is not on the list is never read into a row: places, serial numbers, owners, comments, maker notes. Damaged
EXIF gives an empty :class:`Capture`, never an error: the picture is what counts.
"""

from __future__ import annotations

import io
import logging
import math
import struct
from datetime import datetime
from typing import TYPE_CHECKING, Any

import exifread

from nlcl_bench.data.record import Capture

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["read_capture"]

# What exifread is known to raise on damaged files, its own exceptions (all are plain ``Exception``s there) aside.
_DAMAGED = (
    ValueError,
    LookupError,
    TypeError,
    ArithmeticError,
    AttributeError,
    AssertionError,
    OSError,
    EOFError,
    MemoryError,
    RecursionError,
    struct.error,
)

_LONGEST_TEXT = 120
_LARGEST_ISO = 100_000_000

logging.getLogger("exifread").setLevel(logging.CRITICAL + 1)  # it warns of every file without EXIF


def read_capture(data: bytes) -> Capture:
    """Read the allow-list from the bytes of an image file.

    >>> read_capture(b"no photograph")
    Capture(camera_make=None, camera_model=None, lens_model=None, exposure_seconds=None, f_number=None, iso=None, \
focal_length_mm=None, taken_at=None)
    """
    try:
        tags = exifread.process_file(io.BytesIO(data), details=False, extract_thumbnail=False)
        return Capture(
            camera_make=_text(tags, "Image Make"),
            camera_model=_text(tags, "Image Model"),
            lens_model=_text(tags, "EXIF LensModel"),
            exposure_seconds=_number(tags, "EXIF ExposureTime"),
            f_number=_number(tags, "EXIF FNumber"),
            iso=_iso(tags),
            focal_length_mm=_number(tags, "EXIF FocalLength"),
            taken_at=_hour(tags, "EXIF DateTimeOriginal") or _hour(tags, "Image DateTime"),
        )
    except _DAMAGED:
        return Capture()


def _text(tags: Mapping[str, Any], name: str) -> str | None:
    values = getattr(tags.get(name), "values", None)
    if not isinstance(values, str):
        return None
    printable = "".join(letter if letter.isprintable() else " " for letter in values)
    return " ".join(printable.split())[:_LONGEST_TEXT] or None


def _number(tags: Mapping[str, Any], name: str) -> float | None:
    values = getattr(tags.get(name), "values", None)
    if not isinstance(values, list) or not values:
        return None
    value = values[0][0] if isinstance(values[0], tuple) and values[0] else values[0]  # floats come as (value,)
    try:
        number = float(value)
    except (ValueError, TypeError, ArithmeticError):  # a ratio over zero, or no number at all
        return None
    return number if math.isfinite(number) and number > 0 else None


def _iso(tags: Mapping[str, Any]) -> int | None:
    number = _number(tags, "EXIF ISOSpeedRatings")
    return int(number) if number is not None and 1 <= number <= _LARGEST_ISO else None


def _hour(tags: Mapping[str, Any], name: str) -> str | None:
    """Return the local date and hour; the minutes are dropped, so that nobody is placed at a moment."""
    try:
        taken = datetime.strptime(_text(tags, name) or "", "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007 (cameras write local time)
    except ValueError:
        return None
    return f"{taken.year:04d}-{taken.month:02d}-{taken.day:02d}T{taken.hour:02d}"
