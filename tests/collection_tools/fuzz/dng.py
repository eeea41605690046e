"""A DNG as a camera writes it, small: a mosaic of red, green and blue pixels, uncompressed, with the tags it needs."""

from __future__ import annotations

import struct

import numpy as np

__all__ = ["dng", "mosaic"]

BLACK, WHITE = 256, 16383

# From XYZ to linear sRGB (IEC 61966-2-1): a camera that sees just these colours.
SRGB = (3.2404542, -1.5371385, -0.4985314, -0.9692660, 1.8760108, 0.0415560, 0.0556434, -0.2040259, 1.0572252)

BYTE, ASCII, SHORT, LONG, RATIONAL, SIGNED_RATIONAL = 1, 2, 3, 4, 5, 10
_LETTERS = {SHORT: "H", LONG: "I", RATIONAL: "I", SIGNED_RATIONAL: "i"}


def mosaic(picture):
    """Return what a sensor behind a Bayer filter (red, green; green, blue) sees of an sRGB picture, uint16 (H, W)."""
    coded = np.asarray(picture) / 255
    light = np.where(coded <= 0.04045, coded / 12.92, ((coded + 0.055) / 1.055) ** 2.4)
    seen = light[..., 1].copy()
    seen[0::2, 0::2], seen[1::2, 1::2] = light[0::2, 0::2, 0], light[1::2, 1::2, 2]
    return np.rint(BLACK + seen * (WHITE - BLACK)).astype("<u2")


def dng(picture, *, orientation=1, first=(), details=()):
    """Return the file; ``first`` and ``details`` are further entries (tag, type, values) of EXIF's two directories."""
    pixels = mosaic(picture)
    height, width = pixels.shape
    entries = [
        *((254, LONG, [0]), (256, LONG, [width]), (257, LONG, [height]), (258, SHORT, [16]), (259, SHORT, [1])),
        *((262, SHORT, [32803]), (271, ASCII, b"Acme\0"), (272, ASCII, b"Acme R1\0"), (274, SHORT, [orientation])),
        *((277, SHORT, [1]), (278, LONG, [height]), (279, LONG, [pixels.nbytes]), (284, SHORT, [1])),
        *((33421, SHORT, [2, 2]), (33422, BYTE, bytes([0, 1, 1, 2])), (50706, BYTE, bytes([1, 4, 0, 0]))),
        *((50708, ASCII, b"Acme R1\0"), (50714, SHORT, [BLACK]), (50717, SHORT, [WHITE])),
        (50721, SIGNED_RATIONAL, [part for value in SRGB for part in (int(value * 10000), 10000)]),
        *((50728, RATIONAL, [1] * 6), (50778, SHORT, [21]), *first),
    ]
    ahead = 8 + _size([*entries, (273, LONG, [0]), (34665, LONG, [0])])
    entries += [(273, LONG, [ahead + _size(details)]), (34665, LONG, [ahead])]
    body = _directory(entries, 8) + _directory(details, ahead)
    return b"II*\0" + struct.pack("<I", 8) + body + pixels.tobytes()


def _content(kind, values):
    return bytes(values) if kind in {BYTE, ASCII} else struct.pack(f"<{len(values)}{_LETTERS[kind]}", *values)


def _size(entries):
    return len(_directory(entries, 0))


def _directory(entries, at):
    table, behind = struct.pack("<H", len(entries)), b""
    for tag, kind, values in sorted(entries, key=lambda entry: entry[0]):
        content = _content(kind, values)
        number = len(values) // 2 if kind in {RATIONAL, SIGNED_RATIONAL} else len(values)
        if len(content) > 4:
            place = at + 2 + 12 * len(entries) + 4 + len(behind)
            behind += content + b"\0" * (len(content) % 2)
            content = struct.pack("<I", place)
        table += struct.pack("<HHI", tag, kind, number) + content.ljust(4, b"\0")
    return table + b"\0" * 4 + behind
