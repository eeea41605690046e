"""The smallest EXIF block there is: a TIFF directory with the orientation and nothing else."""

from __future__ import annotations

import struct

from nlcl_bench.core.tiff import Entry, written

__all__ = ["orientation_block"]

_SHORT = 3


def orientation_block(value: int) -> bytes:
    """Return a big-endian TIFF header with one directory of one entry (EXIF 2.32, sections 4.5 and 4.6.4).

    >>> len(orientation_block(6))
    26
    """
    return written(">", {0x0112: Entry(_SHORT, 1, struct.pack(">H", value))})
