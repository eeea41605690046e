"""What the attacks do to a photograph: functions from an 8-bit RGB image to another of its size.

None of them knows of rain, and none takes any away. Where a function computes, it rounds half to even, as an output is
written (protocol P1).
"""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageOps
from scipy import ndimage

if TYPE_CHECKING:
    import numpy.typing as npt

    Picture = npt.NDArray[np.float64]

__all__ = ["blurred", "half", "jpeg", "mirrored", "mosaic", "noisy", "sharpened", "untouched", "upside_down"]

_SEED = 0


def untouched(image: Image.Image) -> Image.Image:
    """Return the picture itself: what all attacks are compared with."""
    return image


def jpeg(image: Image.Image, quality: int) -> Image.Image:
    """Save as JPEG of a quality with halved colour (4:2:0), and read again."""
    stream = io.BytesIO()
    image.save(stream, format="JPEG", quality=quality, subsampling="4:2:0")
    with Image.open(stream, formats=("JPEG",)) as saved:
        return saved.convert("RGB")


def half(image: Image.Image) -> Image.Image:
    """Halve both sides and enlarge again, bicubic both times: protocol P1 takes an output of the input's size only."""
    return _halved(image).resize(image.size, Image.Resampling.BICUBIC)


def mosaic(image: Image.Image) -> Image.Image:
    """Fill the picture's size with four copies of half its sides, each mirrored at its neighbour.

    A metric without a reference sees the statistics of the picture at half its size, which protocol P1 refuses as such.

    >>> picture = Image.new("RGB", (5, 3))
    >>> mosaic(picture).size
    (5, 3)
    """
    small = _halved(image)
    whole = Image.new("RGB", (2 * small.width, 2 * small.height))
    for row, upper in enumerate((small, ImageOps.flip(small))):
        for column, copy in enumerate((upper, ImageOps.mirror(upper))):
            whole.paste(copy, (column * small.width, row * small.height))
    return whole.crop((0, 0, *image.size))


def _halved(image: Image.Image) -> Image.Image:
    """Halve both sides, rounded up, with a bicubic kernel that is widened against aliasing."""
    return image.resize((-(-image.width // 2), -(-image.height // 2)), Image.Resampling.BICUBIC)


def blurred(image: Image.Image, sigma: float) -> Image.Image:
    """Blur with a Gaussian of a standard deviation in pixels."""
    return _image(_smooth(_picture(image), sigma))


def sharpened(image: Image.Image, sigma: float, amount: float) -> Image.Image:
    """Add what a Gaussian blur takes away, times an amount (unsharp mask)."""
    picture = _picture(image)
    return _image(picture + amount * (picture - _smooth(picture, sigma)))


def mirrored(image: Image.Image) -> Image.Image:
    """Swap left and right."""
    return ImageOps.mirror(image)


def upside_down(image: Image.Image) -> Image.Image:
    """Swap top and bottom."""
    return ImageOps.flip(image)


def noisy(image: Image.Image, deviation: float) -> Image.Image:
    """Add Gaussian noise of a standard deviation in grey levels, the same for every picture of a size."""
    picture = _picture(image)
    return _image(picture + np.random.default_rng(_SEED).normal(0.0, deviation, picture.shape))


def _picture(image: Image.Image) -> Picture:
    return np.asarray(image, dtype=np.float64)


def _smooth(picture: Picture, sigma: float) -> Picture:
    smooth: Picture = ndimage.gaussian_filter(picture, (sigma, sigma, 0), mode="mirror")
    return smooth


def _image(picture: Picture) -> Image.Image:
    return Image.fromarray(np.rint(picture).clip(0, 255).astype(np.uint8))
