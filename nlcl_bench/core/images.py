"""Photographs in, 8-bit PNG out: the only place where image files are decoded or encoded.

What every stage sees is upright (EXIF orientation applied), in sRGB (embedded colour profile applied), three
channels, without alpha. Inside the toolkit an image is float32, RGB, ``(3, H, W)`` or ``(N, 3, H, W)``, in [0, 1].
"""

from __future__ import annotations

import io
import struct
import warnings
import zlib
from typing import TYPE_CHECKING

import numpy as np
from PIL import (
    BmpImagePlugin,
    Image,
    ImageCms,
    ImageOps,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    UnidentifiedImageError,
    WebPImagePlugin,
)

from nlcl_bench.core.digest import sha256_bytes
from nlcl_bench.core.errors import ImageError
from nlcl_bench.core.files import writing

if TYPE_CHECKING:
    from pathlib import Path

    import numpy.typing as npt
    from torch import Tensor

__all__ = [
    "FORMATS",
    "MAX_PIXELS",
    "SUFFIXES",
    "decode",
    "decode_file",
    "from_tensor",
    "photographs_in",
    "pixel_digest",
    "read_file",
    "to_tensor",
    "write_png",
]

FORMATS = tuple(
    plugin.format
    for plugin in (
        JpegImagePlugin.JpegImageFile,
        PngImagePlugin.PngImageFile,
        TiffImagePlugin.TiffImageFile,
        WebPImagePlugin.WebPImageFile,
        BmpImagePlugin.BmpImageFile,
    )
)
"""Pillow's names of the formats that are read (a JPEG with several pictures, MPO, is a JPEG); every other decoder stays
closed to strangers' files."""

SUFFIXES = frozenset({".jpg", ".jpeg", ".png", ".tif", ".tiff", ".webp", ".bmp"})
"""Endings, in small letters, of the files in a folder that are taken for photographs."""

MAX_PIXELS = 178_956_970
"""Larger images are refused before a pixel is decoded: Pillow's own limit against decompression bombs."""

# What Pillow's decoders are known to raise on damaged files.
_DAMAGED = (
    OSError,
    SyntaxError,
    ValueError,
    LookupError,
    TypeError,
    ArithmeticError,
    AttributeError,
    EOFError,
    MemoryError,
    struct.error,
    zlib.error,
)


def decode(data: bytes, *, where: str | Path) -> Image.Image:
    """Decode an image file into an upright sRGB image of mode ``RGB``.

    Sixteen bits are scaled to eight, a grey image gets three equal channels, and transparent pixels are laid on
    white, as a viewer shows them.

    Args:
        data: The bytes of a JPEG, PNG, TIFF, WebP or BMP file.
        where: The file's name for error messages.

    Raises:
        ImageError: The bytes are empty, no image, damaged, or larger than ``MAX_PIXELS``.
    """
    if not data:
        raise ImageError("is empty", where=where, fix="copy it again from its source")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns of odd metadata; the pixels are what counts here
        try:
            image = Image.open(io.BytesIO(data), formats=FORMATS)
            if image.width * image.height > MAX_PIXELS:
                raise Image.DecompressionBombError  # noqa: TRY301 (one refusal for both limits)
            image.load()
            upright = _flat(_srgb(ImageOps.exif_transpose(image)))
        except Image.DecompressionBombError as error:
            raise ImageError(
                f"has more than {MAX_PIXELS:,} pixels", where=where, fix="crop or shrink it if it is a photograph"
            ) from error
        except UnidentifiedImageError as error:
            raise ImageError(
                "is not an image we can read", where=where, fix="use JPEG, PNG, TIFF, WebP or BMP"
            ) from error
        except _DAMAGED as error:
            raise ImageError(
                f"is damaged: {str(error) or type(error).__name__}", where=where, fix="copy it again from its source"
            ) from error
    upright.info = {}  # only the pixels go on; a profile made by the conversion would carry the time of day
    return upright


def photographs_in(folder: Path) -> list[Path]:
    """Return the files of a folder and its subfolders that are taken for photographs, sorted by name."""
    return sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())


def read_file(path: Path) -> bytes:
    """Return the bytes of an image file.

    Raises:
        ImageError: It cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise ImageError(
            f"cannot be read: {error.strerror or error}", where=path, fix="check the path and its permissions"
        ) from error


def decode_file(path: Path) -> Image.Image:
    """Read and decode a file; see :func:`decode`.

    Raises:
        ImageError: It cannot be read or decoded.
    """
    return decode(read_file(path), where=path)


def _srgb(image: Image.Image) -> Image.Image:
    """Convert from the embedded colour profile, if there is a usable one."""
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in {"RGB", "RGBA", "L", "LA", "CMYK"}:
        return image
    mode = "RGBA" if image.mode in {"RGBA", "LA"} else "RGB"
    source = image.convert(mode) if image.mode == "LA" else image
    try:
        source_profile = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        converted = ImageCms.profileToProfile(source, source_profile, ImageCms.createProfile("sRGB"), outputMode=mode)
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return image  # a broken profile, or one for another colour space: viewers ignore it, and so do we
    return converted or image


def _flat(image: Image.Image) -> Image.Image:
    """Return mode RGB: 16 bits scaled to 8, alpha laid on white."""
    if image.mode.startswith("I;16") or image.mode == "I":
        grey = np.asarray(image, dtype=np.float64) / 257.0
        return Image.fromarray(np.rint(grey.clip(0, 255)).astype(np.uint8)).convert("RGB")
    if image.mode == "F":
        grey = np.nan_to_num(np.asarray(image, dtype=np.float64))
        return Image.fromarray(np.rint(grey.clip(0, 255)).astype(np.uint8)).convert("RGB")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    return image.convert("RGB")


def pixel_digest(image: Image.Image) -> str:
    """Return the SHA-256 of an RGB image's size and pixels: equal for equal pictures in whatever file.

    >>> pixel_digest(Image.new("RGB", (2, 1))) == pixel_digest(Image.new("RGB", (1, 2)))
    False
    """
    return sha256_bytes(f"{image.width}x{image.height}:".encode() + image.tobytes())


def to_tensor(image: Image.Image) -> Tensor:
    """Convert an RGB image.

    Shape:
        returns: float32 ``(3, H, W)``, values in [0, 1].
    """
    import torch

    return torch.from_numpy(np.array(image)).permute(2, 0, 1).float().div_(255)


def from_tensor(image: Tensor) -> Image.Image:
    """Convert to an 8-bit image: clamped to [0, 1], times 255, rounded half to even (protocol P1).

    Shape:
        image: float ``(3, H, W)``.
    """
    import torch

    grey: npt.NDArray[np.uint8] = (
        image.detach().cpu().clamp(0, 1).mul(255).round().to(torch.uint8).permute(1, 2, 0).numpy()
    )
    return Image.fromarray(grey)


def write_png(image: Image.Image, path: Path) -> None:
    """Write an RGB image as PNG so that a kill leaves either no file or a whole one.

    Raises:
        StorageError: It cannot be written.
    """
    with writing(path) as part:
        image.save(part, format="PNG", compress_level=4)
