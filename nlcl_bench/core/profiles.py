"""ICC profiles: from the one in a file to sRGB, and one for colour spaces that a file names by a code."""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageCms

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

__all__ = ["rgb_profile", "to_srgb"]

_LEVELS = np.linspace(0, 255, 17).round().astype(np.uint8)

_COLOURS = np.stack(np.meshgrid(_LEVELS, _LEVELS, _LEVELS), axis=-1).reshape(17, -1, 3)
"""4,913 colours, evenly spread. A profile that changes none of them is sRGB, as that of most cameras and phones is."""

_D65 = (0.3127, 0.3290)

# D50, the white of profiles (ICC.1:2022, 7.2.16), and the Bradford matrix that adapts to it (annex E).
_D50 = np.array([0.9642, 1.0, 0.8249])
_BRADFORD = np.array([[0.8951, 0.2664, -0.1614], [-0.7502, 1.7135, 0.0367], [0.0389, -0.0685, 1.0296]])

# The curve of sRGB (IEC 61966-2-1) as the fourth parametric curve of ICC.1:2022, 10.18: gamma, a, b, c, d.
_SRGB_CURVE = (2.4, 1 / 1.055, 0.055 / 1.055, 1 / 12.92, 0.04045)

_HEADER = 128


def to_srgb(image: Image.Image) -> Image.Image:
    """Convert an image from its embedded colour profile, if there is a usable one."""
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in {"RGB", "RGBA", "L", "LA", "CMYK"}:
        return image
    mode = "RGBA" if image.mode in {"RGBA", "LA"} else "RGB"
    source = image.convert(mode) if image.mode == "LA" else image
    try:
        described = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        transform = ImageCms.buildTransform(described, ImageCms.createProfile("sRGB"), source.mode, mode)
        if source.mode == mode and _changes_nothing(transform, mode):
            return image
        return ImageCms.applyTransform(source, transform) or image
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return image  # a broken profile, or one for another colour space: viewers ignore it, and so do we


def _changes_nothing(transform: ImageCms.ImageCmsTransform, mode: str) -> bool:
    """Try it on some colours, which takes a hundredth of the time that a large picture does."""
    colours = Image.fromarray(_COLOURS).convert(mode)
    converted = ImageCms.applyTransform(colours, transform)
    return converted is not None and converted.tobytes() == colours.tobytes()


def rgb_profile(primaries: Sequence[tuple[float, float]]) -> bytes:
    """Return an ICC profile of the given primaries, with the white (D65) and the curve of sRGB.

    Args:
        primaries: Chromaticities x, y of red, green and blue.
    """
    tags = {
        b"desc": _text("RGB"),
        b"cprt": _text("public domain"),
        b"wtpt": _xyz(_D50),
        **dict(zip((b"rXYZ", b"gXYZ", b"bXYZ"), (_xyz(column) for column in _colorants(primaries).T), strict=True)),
        **dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), _curve()),
    }
    at = _HEADER + 4 + 12 * len(tags)
    table = struct.pack(">I", len(tags))
    body = b""
    for name, content in tags.items():
        table += struct.pack(">4sII", name, at + len(body), len(content))
        body += content
    size = at + len(body)
    header = struct.pack(">I4xI4s4s4s12x4s28x", size, 0x04300000, b"mntr", b"RGB ", b"XYZ ", b"acsp")
    return (header + _fixed(_D50)).ljust(_HEADER, b"\0") + table + body


def _colorants(primaries: Sequence[tuple[float, float]]) -> npt.NDArray[np.float64]:
    """Return the matrix from linear RGB to XYZ relative to D50: columns are red, green and blue."""
    white = _of_chromaticity(_D65)
    columns = np.stack([_of_chromaticity(one) for one in primaries], axis=1)
    to_xyz = columns * np.linalg.solve(columns, white)
    adapt = np.linalg.solve(_BRADFORD, np.diag(_BRADFORD @ _D50 / (_BRADFORD @ white)) @ _BRADFORD)
    matrix: npt.NDArray[np.float64] = adapt @ to_xyz
    return matrix


def _of_chromaticity(xy: tuple[float, float]) -> npt.NDArray[np.float64]:
    x, y = xy
    return np.array([x / y, 1.0, (1 - x - y) / y])


def _fixed(values: npt.NDArray[np.float64] | Sequence[float]) -> bytes:
    return b"".join(struct.pack(">i", round(value * 65536)) for value in values)


def _xyz(values: npt.NDArray[np.float64]) -> bytes:
    return b"XYZ \0\0\0\0" + _fixed(values)


def _curve() -> bytes:
    return struct.pack(">4s4xHxx", b"para", 3) + _fixed(_SRGB_CURVE)


def _text(words: str) -> bytes:
    content = words.encode("utf-16-be")
    head = struct.pack(">4s4xII2s2sII", b"mluc", 1, 12, b"en", b"US", len(content), 28)
    return (head + content).ljust(28 + (len(content) + 3) // 4 * 4, b"\0")
