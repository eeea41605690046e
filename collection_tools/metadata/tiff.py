"""The smallest EXIF block there is: a TIFF directory with the orientation and nothing else."""

from __future__ import annotations

import struct

__all__ = ["orientation_block"]


def orientation_block(value: int) -> bytes:
    """Return a big-endian TIFF header with one directory of one entry (EXIF 2.32, sections 4.5 and 4.6.4).

    >>> len(orientation_block(6))
    26
    """
    header = struct.pack(">2sHI", b"MM", 42, 8)
    entry = struct.pack(">HHIHH", 0x0112, 3, 1, value, 0)  # tag, SHORT, one value, the value, padding
    return header + struct.pack(">H", 1) + entry + struct.pack(">I", 0)
