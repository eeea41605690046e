"""Somebody's own photograph: what is to be kept of it beside the pixels, and how the derained picture is written.

Kept are what the camera wrote, and sixteen bits where there are sixteen. A picture of eight bits is converted to sRGB;
one of sixteen stays in its own colour space and keeps its profile.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from nlcl_bench.core.deep import decode_deep, encode_deep, is_deep, with_chunks
from nlcl_bench.core.exif import exif_of, made_true, orientation_of, profile_of
from nlcl_bench.core.images import decode, encode_png, from_tensor, to_tensor
from nlcl_bench.core.kinds import Kind, kind_of

if TYPE_CHECKING:
    import numpy.typing as npt
    from PIL import Image
    from torch import Tensor

__all__ = ["Photo", "png_of", "read_photo"]

_APART = 2
"""Levels of 255 by which two decoders may differ where one takes the upper eight bits and the other rounds."""


@dataclass(frozen=True, slots=True)
class Photo:
    """A photograph that was read.

    Attributes:
        pixels: Upright, float32 ``(3, H, W)``, in [0, 1].
        deep: Whether it has sixteen bits a colour.
        exif: What the camera wrote.
        profile: The colour profile of the pixels; None for sRGB.
    """

    pixels: Tensor
    deep: bool
    exif: bytes
    profile: bytes | None


def read_photo(data: bytes, *, where: str) -> Photo:
    """Read a photograph.

    Args:
        data: The bytes of an image file.
        where: Its name for error messages.

    Raises:
        ImageError: It cannot be decoded.
    """
    plain = decode(data, where=where)  # which says what is wrong, if anything is
    kind = kind_of(data)
    if kind is None:
        return Photo(to_tensor(plain), deep=False, exif=b"", profile=None)
    exif = exif_of(data, kind)
    if is_deep(data, kind):
        profile = profile_of(data, kind)
        deep = _deep(data, kind, orientation_of(exif))
        if deep is not None and _agree(deep, plain, profile):
            return Photo(_pixels(deep), deep=True, exif=exif, profile=profile)
    return Photo(to_tensor(plain), deep=False, exif=exif, profile=None)


def png_of(photo: Photo, derained: Tensor) -> bytes:
    """Return a derained photograph as a PNG file.

    Args:
        photo: What it was.
        derained: What became of its pixels; the same shape and range.
    """
    size = (derained.shape[-1], derained.shape[-2])
    exif = made_true(photo.exif, size, srgb=photo.profile is None)
    if photo.deep:
        levels = derained.cpu().clamp(0, 1).mul(65535).round().permute(1, 2, 0).numpy().astype(np.uint16)
        return with_chunks(encode_deep(levels), exif=exif, profile=photo.profile)
    return with_chunks(encode_png(from_tensor(derained)), exif=exif)


def _deep(data: bytes, kind: Kind, orientation: int) -> npt.NDArray[np.uint16] | None:
    """Return the upright picture of sixteen bits."""
    stored = decode_deep(data, kind)
    if stored is None:
        return None
    exchange, rows, columns = _TURNS[orientation]
    turned = stored.swapaxes(0, 1) if exchange else stored
    return np.ascontiguousarray(turned[::rows, ::columns])


_TURNS = {
    1: (False, 1, 1),
    2: (False, 1, -1),
    3: (False, -1, -1),
    4: (False, -1, 1),
    5: (True, 1, 1),
    6: (True, 1, -1),
    7: (True, -1, -1),
    8: (True, -1, 1),
}
"""By EXIF's orientation: whether rows and columns are exchanged, and in which direction each then runs."""


def _agree(deep: npt.NDArray[np.uint16], plain: Image.Image, profile: bytes | None) -> bool:
    """Tell whether two decoders saw the same picture; with a profile, which one of them applies, by its size alone."""
    if deep.shape[1::-1] != plain.size:
        return False
    if profile is not None:
        return True
    eight = (deep >> 8).astype(np.int16)
    return int(np.abs(eight - np.asarray(plain)).max()) <= _APART


def _pixels(deep: npt.NDArray[np.uint16]) -> Tensor:
    import torch

    return torch.from_numpy(deep.astype(np.float32) / np.float32(65535)).permute(2, 0, 1).contiguous()
