"""How a photograph was taken: the only door to exifread, and an allow-list.

What is not on the list is never read: places, serial numbers, owners, comments, maker notes. exifread is handed the
entries of the list and nothing else, so that no stranger's file can keep it busy. Damaged EXIF gives an empty
:class:`Capture`, never an error: the picture is what counts.
"""

from __future__ import annotations

import io
import logging
import math
import struct
from datetime import datetime
from typing import TYPE_CHECKING, Any

import exifread

from collection_tools.metadata.block import exif_of
from nlcl_bench.core.tiff import written
from nlcl_bench.data.record import Capture

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["read_capture", "read_moment"]

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

# The list: make, model and date; exposure time, aperture, ISO, date, its fraction of a second, focal length, lens.
_FIRST = frozenset({0x010F, 0x0110, 0x0132})
_DETAILS = frozenset({0x829A, 0x829D, 0x8827, 0x9003, 0x9291, 0x920A, 0xA434})
_DETAILS_LINK = 0x8769

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
        tags = _tags(data)
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


def read_moment(data: bytes) -> float | None:
    """Return when a photograph was taken, in seconds of the camera's own clock; None where it does not say.

    It tells which photographs are of one burst, and is never published.
    """
    try:
        tags = _tags(data)
    except _DAMAGED:
        return None
    taken = _date(tags, "EXIF DateTimeOriginal")
    if taken is None:
        return None
    fraction = _text(tags, "EXIF SubSecTimeOriginal") or ""
    seconds = (taken - datetime(1970, 1, 1)).total_seconds()  # noqa: DTZ001 (cameras write local time)
    return seconds + (float(f"0.{fraction}") if fraction.isdecimal() and fraction.isascii() else 0.0)


def _tags(data: bytes) -> Mapping[str, Any]:
    """Return the entries of the list by exifread's names for them."""
    found = exif_of(data)
    if found is None:
        return {}
    first = {tag: entry for tag, entry in found.first.items() if tag in _FIRST}
    details = {tag: entry for tag, entry in found.details.items() if tag in _DETAILS}
    listed = written(found.order, first, {_DETAILS_LINK: details})
    tags: Mapping[str, Any] = exifread.process_file(io.BytesIO(listed), details=False, extract_thumbnail=False)
    return tags


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
    taken = _date(tags, name)
    return None if taken is None else f"{taken.year:04d}-{taken.month:02d}-{taken.day:02d}T{taken.hour:02d}"


def _date(tags: Mapping[str, Any], name: str) -> datetime | None:
    try:
        return datetime.strptime(_text(tags, name) or "", "%Y:%m:%d %H:%M:%S")  # noqa: DTZ007 (cameras write local time)
    except ValueError:
        return None
