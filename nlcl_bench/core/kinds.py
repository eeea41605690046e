"""What kind of image a file is, told by its first bytes and structure, never by its name."""

from __future__ import annotations

from typing import Literal

from nlcl_bench.core.tiff import PHOTOMETRIC, byte_order, directories, numbers

__all__ = ["LINEAR_RAW", "SUFFIXES", "Kind", "kind_of"]

Kind = Literal["JPEG", "PNG", "TIFF", "WEBP", "BMP", "HEIF", "RAW"]

_RAW_SUFFIXES = frozenset({".dng", ".cr2", ".cr3", ".nef", ".nrw", ".arw", ".orf", ".rw2", ".raf", ".pef", ".srw"})

SUFFIXES = (
    frozenset({".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp", ".bmp", ".heic", ".heif", ".hif"}) | _RAW_SUFFIXES
)
"""Endings, in small letters, of the files in a folder that are taken for photographs."""

_SIGNATURES: tuple[tuple[bytes, Kind], ...] = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"BM", "BMP"),
    (b"II+\0", "TIFF"),  # BigTIFF; Pillow does not read its other byte order
    (b"FUJIFILMCCD-RAW", "RAW"),
    (b"IIU\0", "RAW"),  # Panasonic
    (b"IIRO", "RAW"),  # Olympus, as the next two
    (b"IIRS", "RAW"),
    (b"MMOR", "RAW"),
)

_TIFF = (b"II*\0", b"MM\0*")

# Major brands (ISO/IEC 23008-12, annex B, and 14496-12): HEVC pictures, picture sequences, and files of any coding.
_HEIF_BRANDS = frozenset(
    {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"hevm", b"hevs", b"mif1", b"msf1"},
)
_CANON_BRAND = b"crx "

_DNG_VERSION = 50706
_COLOUR_FILTER_ARRAY = 32803

LINEAR_RAW = 34892
"""What a TIFF says of a sensor's picture with three values a pixel (DNG 1.7, PhotometricInterpretation)."""


def kind_of(data: bytes) -> Kind | None:
    r"""Return the kind of an image file, None if it is none that is read.

    A TIFF structure is a camera's RAW file if it says so: by a DNG version, by Canon's mark, or by a picture that a
    colour filter array or a linear sensor took. The small finished picture that most RAW files hold as well is then
    not taken for the photograph. A finished picture saved as TIFF has none of these.

    >>> kind_of(b"\xff\xd8\xff\xe0"), kind_of(b"GIF89a")
    ('JPEG', None)
    """
    for signature, kind in _SIGNATURES:
        if data.startswith(signature):
            return kind
    if data.startswith(_TIFF):
        return "RAW" if _is_raw(data) else "TIFF"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "WEBP"
    if data[4:8] == b"ftyp":
        brand = data[8:12]
        return "HEIF" if brand in _HEIF_BRANDS else "RAW" if brand == _CANON_BRAND else None
    return None


def _is_raw(data: bytes) -> bool:
    if data[8:10] == b"CR":  # Canon's CR2, right behind the header
        return True
    order = byte_order(data) or "<"
    return any(
        _DNG_VERSION in directory
        or not {_COLOUR_FILTER_ARRAY, LINEAR_RAW}.isdisjoint(numbers(directory, PHOTOMETRIC, order))
        for directory in directories(data)
    )
