"""The picture as every measure sees it, so that none of them measures the camera's resolution instead of the rain.

A photograph of 12 megapixels and its copy for the web show the same rain. Both are brought to a shorter side of 320
pixels; smaller pictures are left as they are, because enlarging adds nothing but blur, and trusted less.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from PIL import Image

from collection_tools.rain.cue import ramp
from nlcl_bench.core.errors import InputError

if TYPE_CHECKING:
    import numpy.typing as npt

    Floats = npt.NDArray[np.float32]

__all__ = ["SIDE", "Picture", "View", "view"]

SIDE = 320
"""Shorter side in pixels at which everything is measured."""

SMALLEST = 64
"""A shorter side of this many pixels or fewer shows nothing that could be trusted."""

FLAT = 0.01
"""A luma whose standard deviation is this small, about three grey levels of 256, is no picture of anything."""

LUMA = np.array([0.299, 0.587, 0.114], np.float32)
"""Luma of gamma-encoded sRGB (ITU-R BT.601), as JPEG encodes it."""

Picture: TypeAlias = "Image.Image | npt.NDArray[np.floating]"


@dataclass(frozen=True, slots=True)
class View:
    """A photograph at the size of measuring.

    Attributes:
        srgb: float32 ``(H, W, 3)``, gamma-encoded, in [0, 1].
        luma: float32 ``(H, W)``, in [0, 1].
        unit: The shorter side in pixels; lengths in measures are shares of it.
        trust: In [0, 1]: 0 for a picture too small or too flat to show rain.
    """

    srgb: Floats
    luma: Floats
    unit: int
    trust: float


def view(picture: Picture) -> View:
    """Return a photograph at the size of measuring.

    Args:
        picture: An upright sRGB image of mode ``RGB``, or float ``(H, W, 3)`` in [0, 1].

    Raises:
        InputError: The array has another shape or values outside [0, 1], or the image another mode.
    """
    image = picture if isinstance(picture, Image.Image) else _image(picture)
    if image.mode != "RGB":
        raise InputError(f"has mode {image.mode}", where="picture", fix="decode it with nlcl_bench.core.images")
    srgb = np.asarray(_reduced(image), np.float32) / np.float32(255)
    luma = (srgb @ LUMA).astype(np.float32, copy=False)
    unit = min(luma.shape)
    trust = ramp(unit, SMALLEST, SIDE) * ramp(float(luma.std()), FLAT, 3 * FLAT)
    return View(srgb, luma, unit, trust)


def _image(pixels: npt.NDArray[np.floating]) -> Image.Image:
    if pixels.ndim != 3 or pixels.shape[2] != 3 or pixels.size == 0:  # noqa: PLR2004 (rows, columns, colours)
        raise InputError(f"has shape {pixels.shape}", where="picture", fix="give (H, W, 3)")
    if not (pixels.min() >= 0 and pixels.max() <= 1):  # written so that NaN is refused too
        raise InputError("has values outside [0, 1]", where="picture", fix="scale it")
    return Image.fromarray((pixels * 255 + 0.5).astype(np.uint8))


def _reduced(image: Image.Image) -> Image.Image:
    shorter = min(image.size)
    if shorter <= SIDE:
        return image
    size = (max(1, round(image.width * SIDE / shorter)), max(1, round(image.height * SIDE / shorter)))
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
