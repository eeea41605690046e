"""Photographs of sixteen bits a colour, in and out: what Pillow reads and writes with eight only; a door to libav."""

from __future__ import annotations

import struct
import zlib
from typing import TYPE_CHECKING, cast

import av
import numpy as np

from nlcl_bench.core.tiff import PHOTOMETRIC, byte_order, first_directory, numbers

if TYPE_CHECKING:
    import numpy.typing as npt

    from nlcl_bench.core.kinds import Kind

    Deep = npt.NDArray[np.uint16]

__all__ = ["decode_deep", "encode_deep", "is_deep", "with_chunks"]

_BITS, _SAMPLE_FORMAT = 258, 339
_SIXTEEN, _UNSIGNED = 16, 1
_GREY_OR_RGB = {0, 1, 2}

_PNG_BITS = 24  # where a PNG says how many it has
_PNG_START = 33  # behind the signature and the header
_LEVEL = 4

_DAMAGED = (av.FFmpegError, OSError, EOFError, ValueError, LookupError, RuntimeError, MemoryError)


def is_deep(data: bytes, kind: Kind) -> bool:
    """Tell whether a PNG or TIFF has sixteen bits a colour."""
    if kind == "PNG":
        return data[_PNG_BITS : _PNG_BITS + 1] == bytes([_SIXTEEN])
    if kind != "TIFF":
        return False
    first, order = first_directory(data), byte_order(data) or "<"
    formats, photometric = (numbers(first, tag, order) for tag in (_SAMPLE_FORMAT, PHOTOMETRIC))
    return (
        set(numbers(first, _BITS, order)) == {_SIXTEEN}
        and set(formats) <= {_UNSIGNED}
        and set(photometric) <= _GREY_OR_RGB
    )


def decode_deep(data: bytes, kind: Kind) -> Deep | None:
    """Decode a file of which :func:`is_deep` is true and of which the eight-bit decoder has found no fault.

    Returns:
        RGB as it is stored, neither turned nor converted, transparent pixels laid on white, ``(H, W, 3)``; None if it
        is of a kind that is not read with sixteen bits.
    """
    context = av.CodecContext.create(kind.lower(), "r")
    context.thread_count = 1
    try:
        frames = [*context.decode(av.Packet(data)), *context.decode(None)]
        stored = cast("Deep", frames[0].to_ndarray()) if frames else None
    except _DAMAGED:
        return None
    if stored is None or stored.dtype != np.uint16:
        return None
    if stored.ndim == 2:  # noqa: PLR2004 (grey has no axis of colours)
        return np.repeat(stored[..., None], 3, axis=-1)
    if stored.shape[-1] == 4:  # noqa: PLR2004 (the fourth is opacity)
        opacity = stored[..., 3:].astype(np.float32) / 65535
        laid = stored[..., :3] * opacity + 65535 * (1 - opacity)
        return np.asarray(np.rint(laid), np.uint16)
    return stored


def encode_deep(picture: Deep) -> bytes:
    """Return a picture as a PNG file of sixteen bits; equal pictures give equal bytes.

    Shape:
        picture: RGB, ``(H, W, 3)``.
    """
    height, width = picture.shape[:2]
    lines = np.ascontiguousarray(picture, ">u2").view(np.uint8).reshape(height, 6 * width)
    filtered = np.empty((height, 1 + 6 * width), np.uint8)
    filtered[:, 0] = 1  # each byte less the one of the pixel to its left: PNG, 9.2, filter "Sub"
    filtered[:, 1:7] = lines[:, :6]
    filtered[:, 7:] = lines[:, 6:] - lines[:, :-6]
    header = struct.pack(">IIBBBBB", width, height, _SIXTEEN, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(filtered.data, _LEVEL)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, content) for name, content in chunks)


def with_chunks(png: bytes, *, exif: bytes = b"", profile: bytes | None = None) -> bytes:
    """Return a PNG file that also says what its colours mean, and what the camera wrote.

    Args:
        png: A file without metadata.
        exif: An EXIF block.
        profile: The ICC profile of its colours; None for sRGB.
    """
    colours = (b"sRGB", b"\0") if profile is None else (b"iCCP", b"profile\0\0" + zlib.compress(profile))
    chunks = [_chunk(*colours), *([_chunk(b"eXIf", exif)] if exif else [])]
    return png[:_PNG_START] + b"".join(chunks) + png[_PNG_START:]


def _chunk(name: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))
