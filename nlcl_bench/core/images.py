"""Photographs in, 8-bit PNG out: the only place where image files are decoded or encoded.

What every stage sees is upright (EXIF orientation applied), in sRGB (embedded colour profile applied), three
channels, without alpha. Inside the toolkit an image is float32, RGB, ``(3, H, W)`` or ``(N, 3, H, W)``, in [0, 1].
"""

from __future__ import annotations

import hashlib
import io
import struct
import warnings
import zlib
from typing import TYPE_CHECKING

import numpy as np
from PIL import (
    BmpImagePlugin,
    Image,
    ImageFile,
    ImageOps,
    JpegImagePlugin,
    PngImagePlugin,
    TiffImagePlugin,
    WebPImagePlugin,
)

from nlcl_bench.core.errors import ImageError
from nlcl_bench.core.files import writing
from nlcl_bench.core.heif import decode_heif
from nlcl_bench.core.jpeg import refuse_many_scans
from nlcl_bench.core.kinds import SUFFIXES, Kind, kind_of
from nlcl_bench.core.profiles import to_srgb
from nlcl_bench.core.raw import RAW_MISSING, develop, raw_is_read

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    import numpy.typing as npt
    from torch import Tensor

__all__ = [
    "MAX_PIXELS",
    "MAX_SIDE",
    "decode",
    "decode_file",
    "encode_png",
    "from_tensor",
    "photographs_in",
    "pixel_digest",
    "read_file",
    "to_tensor",
    "write_png",
]

MAX_PIXELS: dict[Kind, int] = {
    "JPEG": 62_000_000,
    "PNG": 62_000_000,
    "TIFF": 62_000_000,
    "WEBP": 45_000_000,
    "BMP": 62_000_000,
    "HEIF": 50_000_000,
    "RAW": 62_000_000,
}
"""Larger pictures are refused before a pixel is decoded, so that one file never takes more than a gigabyte of memory:
the kinds differ in what their decoders need for a pixel, 8 to 17 bytes. 62 million are those of the largest sensors in
common use."""

MAX_SIDE = 65_535
"""A picture with a longer side is refused as well: JPEG knows none, and what is work by the row would not end."""

# Every other decoder of Pillow stays closed to strangers' files. A JPEG with several pictures, MPO, is a JPEG.
_PILLOW: dict[Kind, type[ImageFile.ImageFile]] = {
    "JPEG": JpegImagePlugin.JpegImageFile,
    "PNG": PngImagePlugin.PngImageFile,
    "TIFF": TiffImagePlugin.TiffImageFile,
    "WEBP": WebPImagePlugin.WebPImageFile,
    "BMP": BmpImagePlugin.BmpImageFile,
}

# What the decoders are known to raise on damaged files.
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

# Sixteen bits to eight, rounded: 65535 is 255 times 257.
_EIGHT_BITS = ((np.arange(65536) + 128) // 257).astype(np.uint8)

_TILE_SIZE = (322, 323)  # TIFF's tags of its width and height
_LARGE_TILE = 1 << 22

_ROWS_AT_ONCE = 256


class _TooLargeError(Exception):
    """A picture has more pixels than are decoded."""


def decode(data: bytes, *, where: str | Path, at_least: int | None = None) -> Image.Image:
    """Decode an image file into an upright sRGB image of mode ``RGB``.

    Sixteen bits are scaled to eight (grey is rounded, of colours the upper eight are taken), a grey image gets three
    equal channels, and transparent pixels are laid on white, as a viewer shows them. Of several pictures in a file the
    first is read, of a HEIF file the primary one.

    Args:
        data: The bytes of a JPEG, PNG, TIFF, WebP, BMP or HEIF file, or of a camera's RAW file, which is developed as
            :func:`nlcl_bench.core.raw.development` says.
        where: The file's name for error messages.
        at_least: For a glance at it: of a large JPEG a half, quarter or eighth of the size may be decoded, which is
            several times faster, as long as the shorter side has this many pixels.

    Raises:
        ImageError: The bytes are empty, no image, damaged, or larger than ``MAX_PIXELS`` of their kind.
    """
    kind = _known_kind(data, where)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns of odd metadata; the pixels are what counts here
        try:
            image = _loaded(data, kind, at_least)
            ImageOps.exif_transpose(image, in_place=True)
            image = to_srgb(image)
            image = _flat(image)
        except _TooLargeError as error:
            raise ImageError(str(error), where=where, fix="crop or shrink it if it is a photograph") from error
        except Image.DecompressionBombError as error:  # Pillow's WebP decoder looks for itself
            raise ImageError(_too_many(kind), where=where, fix="crop or shrink it if it is a photograph") from error
        except _DAMAGED as error:
            raise ImageError(
                f"is damaged: {_one_line(error)}", where=where, fix="copy it again from its source"
            ) from error
    image.info = {}  # only the pixels go on; a profile made by the conversion would carry the time of day
    return image


def _known_kind(data: bytes, where: str | Path) -> Kind:
    if not data:
        raise ImageError("is empty", where=where, fix="copy it again from its source")
    kind = kind_of(data)
    if kind is None:
        raise ImageError("is not an image we can read", where=where, fix="use JPEG, PNG, TIFF, WebP, BMP, HEIF or RAW")
    if kind == "RAW" and not raw_is_read():
        raise ImageError(f"is a camera RAW file, which is read with the extra raw: {RAW_MISSING}", where=where)
    return kind


def _one_line(error: Exception) -> str:
    return " ".join(str(error).split()) or type(error).__name__


def _loaded(data: bytes, kind: Kind, at_least: int | None) -> Image.Image:
    """Decode the pixels, once the header has said that they are not too many."""
    if kind == "HEIF":
        return decode_heif(data, _refusing(kind))
    if kind == "RAW":
        return develop(data, _refusing(kind))
    if kind == "JPEG":
        refuse_many_scans(data)
    image = _PILLOW[kind](io.BytesIO(data))
    _refusing(kind)(image.size)
    if isinstance(image, TiffImagePlugin.TiffImageFile):
        _refuse_large_tiles(image)
    if any(have < wanted for have, wanted in zip(_covered(image), sorted(image.size), strict=True)):
        raise ValueError("its pieces do not cover the picture")  # the rest would be black
    if at_least is not None:
        image.draft(None, (at_least, at_least))
    image.load()
    return image


def _refuse_large_tiles(image: TiffImagePlugin.TiffImageFile) -> None:
    """A tile is unpacked whole; it may be larger than a small picture, but none is larger than a large one."""
    width, height = (image.tag_v2.get(tag, 0) for tag in _TILE_SIZE)
    if width * height > max(image.width * image.height, _LARGE_TILE):
        raise ValueError("its tiles are larger than the picture")


def _covered(image: ImageFile.ImageFile) -> list[int]:
    """Return the sides, the shorter first, of what the pieces of a picture cover that is not decoded yet.

    A TIFF gives its size as it is when turned, and its pieces as they lie.
    """
    pieces = [tile.extents for tile in image.tile if tile.extents is not None] or [(0, 0, *image.size)]
    return sorted(max(piece[side] for piece in pieces) for side in (2, 3))


def _refusing(kind: Kind) -> Callable[[tuple[int, int]], None]:
    def refuse(size: tuple[int, int]) -> None:
        if size[0] * size[1] > MAX_PIXELS[kind]:
            raise _TooLargeError(_too_many(kind))
        if max(size) > MAX_SIDE:
            raise _TooLargeError(f"has a side of more than {MAX_SIDE:,} pixels")

    return refuse


def _too_many(kind: Kind) -> str:
    return f"has more than {MAX_PIXELS[kind]:,} pixels"


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


def _flat(image: Image.Image) -> Image.Image:
    """Return mode RGB: 16 bits scaled to 8, alpha laid on white."""
    if image.mode == "RGB" and not image.has_transparency_data:
        return image._new(image.im)  # noqa: SLF001 (the same pixels without the file, and without a copy)
    flat = Image.new("RGB", image.size)
    for number, rows in enumerate(_rows_of(image)):
        flat.paste(_flat_rows(rows), (0, number * _ROWS_AT_ONCE))
    return flat


def _rows_of(image: Image.Image) -> Iterator[Image.Image]:
    """Yield the picture in stripes, for the sake of memory."""
    for top in range(0, image.height, _ROWS_AT_ONCE):
        yield image.crop((0, top, image.width, min(top + _ROWS_AT_ONCE, image.height)))


def _flat_rows(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):
        grey = np.asarray(image).astype(np.int64).clip(0, 65535)
        return Image.fromarray(_EIGHT_BITS[grey]).convert("RGB")
    if image.mode == "F":
        grey = np.nan_to_num(np.asarray(image, dtype=np.float64)).clip(0, 255)
        return Image.fromarray(np.rint(grey).astype(np.uint8)).convert("RGB")
    if image.has_transparency_data:
        image = image.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", image.size, "white"), image).convert("RGB")
    return image.convert("RGB")


def pixel_digest(image: Image.Image) -> str:
    """Return the SHA-256 of an RGB image's size and pixels: equal for equal pictures in whatever file.

    >>> pixel_digest(Image.new("RGB", (2, 1))) == pixel_digest(Image.new("RGB", (1, 2)))
    False
    """
    digest = hashlib.sha256(f"{image.width}x{image.height}:".encode())
    for rows in _rows_of(image):
        digest.update(rows.tobytes())
    return digest.hexdigest()


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


def encode_png(image: Image.Image) -> bytes:
    """Return an RGB image as a PNG file without metadata; equal images give equal bytes."""
    stream = io.BytesIO()
    image.save(stream, format="PNG", compress_level=4)
    return stream.getvalue()


def write_png(image: Image.Image, path: Path) -> None:
    """Write an RGB image as PNG so that a kill leaves either no file or a whole one.

    Raises:
        StorageError: It cannot be written.
    """
    with writing(path) as part:
        part.write_bytes(encode_png(image))
