"""The only door to pillow-heif: HEIC and HEIF files, of which the primary picture is read."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import pillow_heif
from pillow_heif import options

from nlcl_bench.core.profiles import rgb_profile

if TYPE_CHECKING:
    from collections.abc import Callable

    from PIL import Image

__all__ = ["decode_heif", "heif_exif"]

# One picture is asked for, and jobs are processes: nothing else is looked at, and one thread does it.
options.THUMBNAILS = False
options.DEPTH_IMAGES = False
options.AUX_IMAGES = False
options.DECODE_THREADS = 1

# Codes of ITU-T H.273: colour primaries (table 2) and transfer characteristics (table 3).
_PRIMARIES = {
    9: ((0.708, 0.292), (0.170, 0.797), (0.131, 0.046)),  # BT.2020
    12: ((0.680, 0.320), (0.265, 0.690), (0.150, 0.060)),  # Display P3
}
_HIGH_DYNAMIC_RANGE = {16, 18}  # PQ and hybrid log-gamma

_DAMAGED = (RuntimeError, EOFError, SyntaxError, OSError)


def decode_heif(data: bytes, refuse_large: Callable[[tuple[int, int]], None]) -> Image.Image:
    """Return the primary picture of a HEIF file, turned and cropped as the file says.

    The file's own instructions (``irot``, ``imir``, ``clap``) alone turn it; by ISO/IEC 23008-12 an orientation in
    its EXIF only repeats them, so what is returned carries none. A colour space that is named by code (``nclx``)
    comes as the equivalent ICC profile.

    Args:
        data: The file.
        refuse_large: Called with width and height before a pixel is decoded.

    Returns:
        Mode ``RGB``, ``RGBA``, ``L`` or ``LA``; more bits are scaled to eight.

    Raises:
        ValueError: It is damaged, is coded in a way that is not read, or has no one rendering in sRGB.
    """
    try:
        primary = _primary(data)
        refuse_large(primary.size)
        profile = _profile(primary.info)
        image: Image.Image = primary.to_pillow()
    except _DAMAGED as error:
        raise ValueError(str(error)) from error
    image.info = {} if profile is None else {"icc_profile": profile}
    return image


def heif_exif(data: bytes) -> bytes:
    """Return the EXIF block of the primary picture, from its TIFF header on; empty if there is none to be found."""
    try:
        block: bytes = _primary(data).info["exif"] or b""
    except (*_DAMAGED, ValueError, LookupError):
        return b""
    return block.removeprefix(b"Exif\0\0")


def _primary(data: bytes) -> Any:
    found = pillow_heif.open_heif(data, convert_hdr_to_8bit=True)
    if not len(found):
        raise ValueError("it holds no picture")
    return found[found.primary_index]


def _profile(info: dict[str, Any]) -> bytes | None:
    if "icc_profile" in info:
        return bytes(info["icc_profile"])
    named = info.get("nclx_profile", {})
    if named.get("transfer_characteristics") in _HIGH_DYNAMIC_RANGE:
        raise ValueError("its high dynamic range has no one rendering in sRGB")
    primaries = named.get("color_primaries")
    return _named(primaries) if primaries in _PRIMARIES else None


@cache
def _named(primaries: int) -> bytes:
    return rgb_profile(_PRIMARIES[primaries])
